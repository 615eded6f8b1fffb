package org.cotangent.cuda.machine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Blocks in braces, as inline assembly has them: what one declares is known in it alone. They
 * become statements without blocks, in which each such register has a name of its own.
 */
final class PtxScopes {
  private static final Pattern REGISTER = Pattern.compile("\\.reg\\s+\\.\\w+\\s+([%\\w]+)");
  private static final Pattern NAME = Pattern.compile("[%$\\w]+");

  private PtxScopes() {}

  /** {@return the same statements without braces} */
  static List<String> flat(List<String> statements) {
    List<String> flat = new ArrayList<>();
    Deque<Map<String, String>> scopes = new ArrayDeque<>();
    int scopesSoFar = 0;
    for (String statement : statements) {
      if (statement.equals("{")) {
        scopes.push(new HashMap<>());
        scopesSoFar++;
      } else if (statement.equals("}")) {
        scopes.pop();
      } else {
        Matcher register = REGISTER.matcher(statement);
        if (!scopes.isEmpty() && register.matches()) {
          String name = register.group(1);
          scopes.getFirst().put(name, "%scope" + scopesSoFar + "_" + name.replace("%", ""));
        }
        flat.add(renamed(statement, scopes));
      }
    }
    return flat;
  }

  private static String renamed(String statement, Deque<Map<String, String>> scopes) {
    if (scopes.isEmpty()) {
      return statement;
    }
    return NAME.matcher(statement)
        .replaceAll(name -> {
          for (Map<String, String> scope : scopes) {
            String other = scope.get(name.group());
            if (other != null) {
              return Matcher.quoteReplacement(other);
            }
          }
          return Matcher.quoteReplacement(name.group());
        });
  }
}
