import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.Plugin;

/** One OpenSearch node in this process. Arguments: settings as key=value. Ends in order on SIGTERM. */
public final class Launcher extends Node {
  private Launcher(Environment environment) {
    super(environment, plugins(), true); // this constructor takes modules as classes, without a distribution's folders
  }

  private static List<Class<? extends Plugin>> plugins() {
    return List.of(
        org.opensearch.transport.Netty4Plugin.class, org.opensearch.ingest.common.IngestCommonPlugin.class,
        org.opensearch.index.reindex.ReindexPlugin.class, org.opensearch.painless.PainlessPlugin.class,
        org.opensearch.analysis.common.CommonAnalysisPlugin.class, org.opensearch.index.mapper.MapperExtrasPlugin.class);
  }

  public static void main(String[] arguments) throws Exception {
    Settings.Builder settings = Settings.builder();
    for (String argument : arguments) {
      String[] parts = argument.split("=", 2);
      if (parts[0].equals("node.roles")) settings.putList(parts[0], parts[1].split(","));
      else settings.put(parts[0], parts[1]);
    }
    Launcher node = new Launcher(InternalSettingsPreparer.prepareEnvironment(settings.build(), Map.of(), (Path) null, () -> "flowplane"));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      try { node.close(); } catch (Exception failed) { failed.printStackTrace(); }
    }));
    node.start();
    new java.util.concurrent.CountDownLatch(1).await(); // the node's threads do not keep the process alive
  }
}
