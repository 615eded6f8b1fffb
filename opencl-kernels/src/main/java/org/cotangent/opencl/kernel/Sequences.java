package org.cotangent.opencl.kernel;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Launches of one group each that follow each other, joined to one launch: it takes longer to start
 * such a small kernel than to run it. The group does one after the other; where it has many items,
 * a barrier lets each see what the others wrote.
 */
final class Sequences {
  private final long parameterBytes;

  Sequences(Traits traits) {
    this.parameterBytes = traits.parameterBytes();
  }

  /** {@return launches that do the same in the same order} */
  List<Launch> joined(List<Launch> launches) {
    List<Launch> all = new ArrayList<>();
    List<Launch> parts = new ArrayList<>();
    for (Launch launch : launches) {
      if (!parts.isEmpty() && !fits(parts, launch)) {
        all.add(join(parts));
        parts.clear();
      }
      parts.add(launch);
    }
    if (!parts.isEmpty()) {
      all.add(join(parts));
    }
    return all;
  }

  private boolean fits(List<Launch> parts, Launch next) {
    Launch last = parts.getLast();
    if (last.local() != next.local() || !isPart(last) || !isPart(next)) {
      return false;
    }
    List<Launch> longer = new ArrayList<>(parts);
    longer.add(next);
    return parameters(longer).keySet().stream().mapToInt(Argument::bytes).sum() <= parameterBytes;
  }

  private static boolean isPart(Launch launch) {
    return launch.groups() == 1 && launch.source().isPart();
  }

  private static Launch join(List<Launch> parts) {
    return parts.size() == 1 ? parts.getFirst() : new Writer(parts).launch();
  }

  /** The names of each argument's parameters; what several parts are given is there once. */
  private static SequencedMap<Argument, List<String>> parameters(List<Launch> parts) {
    SequencedMap<Argument, List<String>> names = new LinkedHashMap<>();
    for (Launch part : parts) {
      for (Argument argument : part.arguments()) {
        String name = "p" + names.size();
        names.putIfAbsent(
            argument, argument.types().size() == 1 ? List.of(name) : List.of(name, name + "o"));
      }
    }
    return names;
  }

  /**
   * Writes the joined text. Each source is in it once, however many parts have it: a loop over the
   * parts chooses the source, and arrays have what each of its parts is given.
   */
  private static final class Writer {
    private final List<Launch> parts;
    private final SequencedMap<Argument, List<String>> parameters;
    private final SequencedMap<Source, List<Launch>> sources;

    Writer(List<Launch> parts) {
      this.parts = parts;
      this.parameters = parameters(parts);
      this.sources =
          parts.stream()
              .collect(
                  Collectors.groupingBy(Launch::source, LinkedHashMap::new, Collectors.toList()));
    }

    Launch launch() {
      int local = parts.getFirst().local();
      StringBuilder functions = new StringBuilder();
      StringBuilder arrays = new StringBuilder();
      StringBuilder cases = new StringBuilder();
      for (Map.Entry<Source, List<Launch>> entry : sources.entrySet()) {
        int number = number(entry.getKey());
        String function = Source.NAME + "_" + number;
        functions.append(entry.getKey().part(function));
        String next = "n" + number;
        arrays.append("int %s = 0;\n".formatted(next));
        String given = given(entry.getValue(), "a" + number + "_", next, arrays);
        cases.append("case %d: %s(%s); %s++; break;\n".formatted(number, function, given, next));
      }
      String order =
          parts.stream()
              .map(part -> Integer.toString(number(part.source())))
              .collect(Collectors.joining(", "));
      String body =
          """
          const uchar order[] = {%s};
          %s\
          for (int i = 0; i < %d; i++) {
          switch (order[i]) {
          %s}
          %s}
          """
              .formatted(
                  order,
                  arrays,
                  parts.size(),
                  cases,
                  local == 1 ? "" : "barrier(CLK_GLOBAL_MEM_FENCE);\n");
      String declared =
          parameters.keySet().stream()
              .flatMap(argument -> declarations(argument).stream())
              .collect(Collectors.joining(", "));
      Source source = new Source(functions + Source.kernel(local, declared, body));
      return new Launch(source, List.copyOf(parameters.sequencedKeySet()), 1, local);
    }

    private int number(Source source) {
      return List.copyOf(sources.sequencedKeySet()).indexOf(source);
    }

    private List<String> names(Argument argument) {
      return parameters.getOrDefault(argument, List.of());
    }

    private List<String> declarations(Argument argument) {
      return IntStream.range(0, names(argument).size())
          .mapToObj(i -> argument.types().get(i) + " " + names(argument).get(i))
          .toList();
    }

    /** What the parts of one source are given: parameters' names, or elements of arrays. */
    private String given(List<Launch> same, String prefix, String next, StringBuilder arrays) {
      List<String> types =
          same.getFirst().arguments().stream().flatMap(a -> a.types().stream()).toList();
      List<List<String>> names =
          same.stream()
              .map(part -> part.arguments().stream().flatMap(a -> names(a).stream()).toList())
              .toList();
      List<String> given = new ArrayList<>();
      for (int i = 0; i < types.size(); i++) {
        int place = i;
        List<String> column = names.stream().map(row -> row.get(place)).toList();
        if (new LinkedHashSet<>(column).size() == 1) {
          given.add(column.getFirst());
        } else {
          arrays.append(
              "%s %s%d[] = {%s};\n".formatted(types.get(i), prefix, i, String.join(", ", column)));
          given.add("%s%d[%s]".formatted(prefix, i, next));
        }
      }
      return String.join(", ", given);
    }
  }
}
