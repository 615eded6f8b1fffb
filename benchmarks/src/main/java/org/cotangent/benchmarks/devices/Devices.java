package org.cotangent.benchmarks.devices;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.cotangent.Device;
import org.cotangent.DeviceListing;
import org.cotangent.backend.DeviceFacts;

/**
 * Lists the devices of every backend, by the names that {@link Device#named(String)} takes, and
 * says of the others why they cannot be used: {@code mvn -q -Pdevices}.
 */
public final class Devices {
  private static final List<String> HEAD =
      List.of("name", "model", "vendor", "memory", "largest allocation", "units");

  private Devices() {}

  /**
   * Prints the table.
   *
   * @param args none
   */
  public static void main(String[] args) {
    System.out.print(table(Device.available()));
  }

  /** A line for each device, its notes below it; then a line for each backend without any. */
  static String table(List<DeviceListing> listings) {
    List<DeviceFacts> devices =
        listings.stream().flatMap(listing -> listing.devices().stream()).toList();
    List<List<String>> rows = new ArrayList<>(List.of(HEAD));
    devices.stream().map(Devices::row).forEach(rows::add);
    int[] widths = new int[HEAD.size()];
    for (List<String> row : rows) {
      Arrays.setAll(widths, i -> Math.max(widths[i], row.get(i).length()));
    }
    StringBuilder text = new StringBuilder(line(HEAD, widths));
    for (int i = 0; i < devices.size(); i++) {
      text.append(line(rows.get(i + 1), widths));
      devices.get(i).notes().forEach(note -> text.append("  ").append(note).append('\n'));
    }
    for (DeviceListing listing : listings) {
      if (listing.devices().isEmpty()) {
        String reason = listing.unavailable().orElse("no device was found");
        text.append('\n').append(listing.name()).append(" cannot be used: ").append(reason);
        text.append('\n');
      }
    }
    return text.toString();
  }

  private static List<String> row(DeviceFacts facts) {
    return List.of(
        facts.name(),
        facts.model(),
        facts.vendor(),
        size(facts.memoryBytes()),
        size(facts.largestBytes()),
        String.valueOf(facts.units()));
  }

  /** Texts to the left, numbers to the right of their columns. */
  private static String line(List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String format = (i < 3 ? "%-" : "%") + Math.max(1, widths[i]) + "s";
      line.append(i == 0 ? "" : "  ").append(String.format(Locale.ROOT, format, cells.get(i)));
    }
    return line.toString().stripTrailing() + "\n";
  }

  /** In the largest unit of which there is one at least. */
  private static String size(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    int unit = (63 - Long.numberOfLeadingZeros(bytes)) / 10;
    return String.format(
        Locale.ROOT, "%.1f %ciB", bytes / (double) (1L << (10 * unit)), "KMGTPE".charAt(unit - 1));
  }
}
