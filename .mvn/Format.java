import com.google.googlejavaformat.java.Main;

/**
 * Runs google-java-format over source trees: {@code java .mvn/Format.java check|apply
 * directory...}. A check names the files that are not formatted and ends with status 1.
 */
void main(String... args) throws Exception {
  boolean check = args[0].equals("check");
  var files = new TreeSet<String>();
  for (String directory : Arrays.asList(args).subList(1, args.length)) {
    if (Files.isDirectory(Path.of(directory))) {
      try (var paths = Files.walk(Path.of(directory))) {
        paths.map(Path::toString).filter(p -> p.endsWith(".java")).forEach(files::add);
      }
    }
  }
  if (files.isEmpty()) {
    return;
  }
  var list =
      new ArrayList<String>(
          check ? List.of("--dry-run", "--set-exit-if-changed") : List.of("--replace"));
  list.addAll(files);
  var out = new PrintWriter(System.out, true);
  var err = new PrintWriter(System.err, true);
  int status = new Main(out, err, System.in).format(list.toArray(String[]::new));
  out.flush();
  err.flush();
  if (status != 0 && check) {
    IO.println("Not formatted: the files above. `mvn -q -Pformat` formats them.");
  }
  System.exit(status);
}
