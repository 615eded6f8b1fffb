package org.cotangent.opencl;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Optional;
import org.cotangent.error.DeviceException;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/** Skips tests where there is no OpenCL device, and says once what to install. */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsOpenCl.Condition.class)
@interface NeedsOpenCl {
  /** What {@link NeedsOpenCl} means. */
  final class Condition implements ExecutionCondition {
    private static final Namespace NAMESPACE = Namespace.create(Condition.class);

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      Optional<?> reason =
          context
              .getRoot()
              .getStore(NAMESPACE)
              .getOrComputeIfAbsent("reason", key -> reason(), Optional.class);
      return reason.isPresent()
          ? ConditionEvaluationResult.disabled(reason.get().toString())
          : ConditionEvaluationResult.enabled("there is an OpenCL device");
    }

    private static Optional<String> reason() {
      try {
        ClDevices.find().select("").requireUsable();
        return Optional.empty();
      } catch (DeviceException e) {
        System.out.println(
            "OpenCL tests are skipped: install pocl-opencl-icd ocl-icd-libopencl1 ("
                + Messages.of(e)
                + ")");
        return Optional.of(Messages.of(e));
      }
    }
  }
}
