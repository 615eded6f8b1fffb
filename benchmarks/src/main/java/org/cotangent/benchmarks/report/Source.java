package org.cotangent.benchmarks.report;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.cotangent.benchmarks.Results;
import org.cotangent.benchmarks.compare.Comparison;
import org.jspecify.annotations.Nullable;

/** A file of results, and what is in it. */
sealed interface Source {
  /** {@return the name of the file} */
  String name();

  /** Written by the comparison of all engines. */
  record Compared(String name, Comparison comparison) implements Source {}

  /** Written by JMH. */
  record Jmh(String name, List<JmhResult> results) implements Source {}

  /** Written by {@link org.cotangent.benchmarks.Ratios}. */
  record Contests(String name, Results results) implements Source {}

  /** Not read, and why. */
  record Skipped(String name, String reason) implements Source {}

  /** {@return what a file holds; whatever is wrong with it is the reason that it is skipped} */
  static Source read(Path file) {
    String name = Text.plain(file.getFileName().toString());
    try {
      return read(name, file);
    } catch (NoSuchFileException e) {
      return new Skipped(name, "there is no file " + Text.plain(file.toString()));
    } catch (JsonProcessingException e) {
      return new Skipped(name, Text.plain(e.getOriginalMessage()) + at(e.getLocation()));
    } catch (IOException e) {
      // The plain class has a sentence; others say little without their name.
      return new Skipped(
          name, e.getClass() == IOException.class ? Text.value(e.getMessage()) : Text.reason(e));
    }
  }

  private static Source read(String name, Path file) throws IOException {
    if (Files.size(file) == 0) {
      throw new IOException("it is empty");
    }
    JsonMapper mapper =
        JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
    JsonNode json = mapper.readTree(Files.readAllBytes(file));
    if (json.isArray()) {
      return new Jmh(name, JmhResult.all(json));
    }
    if (json.path("format").asText().equals(Comparison.FORMAT)) {
      return new Compared(name, bind(mapper, json, Comparison.class));
    }
    if (json.has("format")) {
      throw new IOException("its format is " + json.get("format") + ", not " + Comparison.FORMAT);
    }
    if (json.has("outcomes")) {
      return new Contests(name, bind(mapper, json, Results.class));
    }
    throw new IOException(
        "it is of none of the formats " + Comparison.FORMAT + ", of JMH and of mvn -Pratios");
  }

  private static <T extends Record> T bind(JsonMapper mapper, JsonNode json, Class<T> type)
      throws IOException {
    T found = mapper.treeToValue(json, type);
    Gaps.check(found, json);
    return found;
  }

  private static String at(@Nullable JsonLocation location) {
    return location == null || location.getLineNr() < 1
        ? ""
        : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
  }
}
