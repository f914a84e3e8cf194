#!/usr/bin/env bash
# Gives each service the rights it needs on the brokers, and no other; docs/security.md has them as a table. Rights that
# are there already stay; repeating it changes nothing. Brokers need an authorizer, as in KRaft:
#   authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
#
#   KAFKA_BROKERS=broker:9093 KAFKA_ADMIN_CONFIG=admin.properties infra/stack/kafka-acls.sh
#
#   KAFKA_BROKERS       where the brokers are
#   KAFKA_ADMIN_CONFIG  file with the client settings of somebody who may alter rights (security.protocol, sasl.…)
#   KAFKA_ACLS          Kafka's own tool; default kafka-acls.sh on the PATH
#   FLOWS_TOPIC_PREFIX  as the services have it; default none
#   FLOW_TRIGGER_CONSUMER_GROUP  as trigger-service has it
#   COMMAND_SERVICE, DECIDER, PROJECTION_SERVICE, TRIGGER_SERVICE, MONITOR_SERVICE, EXECUTOR, WORKER
#                       principals; default User:command-service and so on. DECIDER defaults to COMMAND_SERVICE, since
#                       one process is both unless FLOWS_COMMAND_ROLES divides them
set -euo pipefail

: "${KAFKA_BROKERS:?where are the brokers}" "${KAFKA_ADMIN_CONFIG:?a file with the settings of the admin client}"
tool=${KAFKA_ACLS:-kafka-acls.sh}
prefix=${FLOWS_TOPIC_PREFIX:-}
command_service=${COMMAND_SERVICE:-User:command-service}
decider=${DECIDER:-$command_service}
projection_service=${PROJECTION_SERVICE:-User:projection-service}
trigger_service=${TRIGGER_SERVICE:-User:trigger-service}
monitor_service=${MONITOR_SERVICE:-User:monitor-service}
executor=${EXECUTOR:-User:executor}
worker=${WORKER:-User:worker}

commands="--topic ${prefix}flows.commands.v1"
events="--topic ${prefix}flows.events.v1"
runs="--topic ${prefix}flows.runs.v1"
audit="--topic ${prefix}flows.audit.v1"
dead_letters="--topic ${prefix}flows.dlq.v1"
platform_events='--resource-pattern-type prefixed --topic evt.'

at_once=2
pids=()

# allow "operations" "resources" principal…
allow() {
  local operations=$1 resources=$2 arguments=() principal operation
  shift 2
  for operation in $operations; do arguments+=(--operation "$operation"); done
  for principal in "$@"; do arguments+=(--allow-principal "$principal"); done
  # shellcheck disable=SC2206 # resources are several words
  arguments+=($resources)
  add "${arguments[@]}" &
  pids+=($!)
  if ((${#pids[@]} >= at_once)); then finish; fi
}

# Is silent unless it fails: the tool lists all rights of a resource each time.
add() {
  local said
  said=$("$tool" --bootstrap-server "$KAFKA_BROKERS" --command-config "$KAFKA_ADMIN_CONFIG" --add "$@" 2>&1) || {
    printf '%s\n' "$said" >&2
    return 1
  }
}

finish() {
  local pid
  for pid in "${pids[@]}"; do wait "$pid"; done
  pids=()
}

# Every service creates at its start the topics that it uses and that are missing, and looks at the settings of the others.
allow 'Create Describe DescribeConfigs' "$commands $events $dead_letters" \
  "$command_service" "$decider" "$projection_service" "$trigger_service" "$executor"
allow 'Create Describe DescribeConfigs' "$runs" "$command_service" "$decider" "$projection_service" "$monitor_service" "$executor"
allow 'Create Describe DescribeConfigs' "$audit" "$projection_service"

allow Write "$commands" "$command_service" "$trigger_service" "$executor" "$worker"
allow Write "$events" "$decider"
allow Write "$runs" "$executor" "$worker"
allow Write "$audit" "$projection_service"
allow Write "$dead_letters" "$decider" "$projection_service" "$trigger_service" "$executor"

allow Read "$commands" "$command_service" "$decider" "$projection_service"
allow Read "$events" "$command_service" "$decider" "$projection_service" "$trigger_service" "$monitor_service" "$executor"
allow Read "$runs" "$projection_service" "$monitor_service" "$executor"

# Topics of platform events: publishing a flow creates that of its trigger, the task events.publish that of its event.
allow 'Create Describe' "$platform_events" "$command_service"
allow 'Create Describe Write' "$platform_events" "$worker"
allow 'Describe Read' "$platform_events" "$trigger_service"

# Groups only divide partitions; who measures the queue of commands looks at the decider's.
allow Read "--group ${prefix}flowplane-decider" "$decider"
allow Describe "--group ${prefix}flowplane-decider" "$command_service" "$trigger_service"
allow Read "--resource-pattern-type prefixed --group ${prefix}flowplane-projection-" "$projection_service"
allow Read "--group ${FLOW_TRIGGER_CONSUMER_GROUP:-${prefix}flows-trigger-consumer}" "$trigger_service"
allow Read "--group ${prefix}flowplane-executor" "$executor"

# By its transactional id a decider shuts out the one before it.
allow Write "--resource-pattern-type prefixed --transactional-id ${prefix}flows.events.v1-" "$decider"
finish
