import com.sun.tools.attach.VirtualMachine;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** Prints how many requests a broker has served, by name, as JSON. Argument: the pid of the broker, on this machine. */
public final class KafkaRequests {
  public static void main(String[] arguments) throws Exception {
    VirtualMachine broker = VirtualMachine.attach(arguments[0]);
    String url = broker.startLocalManagementAgent();
    broker.detach();
    Map<String, Long> requests = new TreeMap<>();
    try (JMXConnector connector = JMXConnectorFactory.connect(new JMXServiceURL(url))) {
      MBeanServerConnection beans = connector.getMBeanServerConnection();
      // One of each version of a request.
      ObjectName wanted = new ObjectName("kafka.network:type=RequestMetrics,name=RequestsPerSec,request=*,*");
      for (ObjectName bean : beans.queryNames(wanted, null)) {
        long count = ((Number) beans.getAttribute(bean, "Count")).longValue();
        requests.merge(bean.getKeyProperty("request"), count, Long::sum);
      }
    }
    System.out.println(requests.entrySet().stream()
        .map(entry -> "\"" + entry.getKey() + "\":" + entry.getValue())
        .collect(Collectors.joining(",", "{", "}")));
  }
}
