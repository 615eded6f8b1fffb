"""One task in PyTorch, timed by this process's clock.

Arguments: device, threads, folder, suite, then the task's parameters as name=value. The inputs are 0.npy,
1.npy and so on in the folder. Says 'ready', then answers each line of its input with one line:
'run N' does the task N times and says 'ok' and how many nanoseconds that took, 'save' writes
result.npy into the folder and says 'ok'. It ends with its input, or with 'error' and the reason.
"""

import os
import sys
import time


def main(device, threads, folder, suite, *parameters):
    import numpy
    import torch
    from torch.nn import functional

    # As the others: float32 is float32.
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.set_num_threads(int(threads))
    asked = dict(parameter.split("=", 1) for parameter in parameters)

    def path(name):
        return os.path.join(folder, name)

    def tensor(file):
        return torch.from_numpy(numpy.load(file)).to(device)

    inputs = []
    while os.path.exists(path(f"{len(inputs)}.npy")):
        inputs.append(tensor(path(f"{len(inputs)}.npy")))

    def add():
        operands = asked["operands"]
        if operands == "SCALAR":
            scalar = int(asked["scalar"])
            return lambda: inputs[0] + scalar
        other = inputs[1].t() if operands == "STRIDED" else inputs[1]
        return lambda: inputs[0] + other

    def matmul():
        a, b = inputs
        if asked["transposed"] == "LEFT":
            a = a.transpose(-2, -1)
        if asked["transposed"] == "RIGHT":
            b = b.transpose(-2, -1)
        return lambda: a @ b

    def chain():
        x = inputs[0]
        if asked["kind"] == "GELU":
            return lambda: functional.gelu(x, approximate="tanh")
        if asked["kind"] == "SOFTMAX":
            return lambda: functional.softmax(x, 1)
        epsilon = float(asked["epsilon"])
        return lambda: functional.layer_norm(x, x.shape[1:], inputs[1], inputs[2], epsilon)

    def step():
        x, labels, *weights = inputs
        for weight in weights:
            weight.requires_grad_()
        optimizer = torch.optim.SGD(weights, lr=float(asked["rate"]))

        def run():
            h = x
            for i in range(0, len(weights), 2):
                h = torch.addmm(weights[i + 1], h, weights[i])
                if i + 2 < len(weights):
                    h = functional.relu(h)
            loss = functional.cross_entropy(h, labels)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            return loss.detach()

        return run

    def load():
        return lambda: tensor(asked["file"])

    suites = {"Add": add, "Matmul": matmul, "Chain": chain, "TrainStep": step, "Load": load}
    run = suites[suite]()
    finish = torch.cuda.synchronize if device == "cuda" else lambda: None
    result = None
    print("ready", flush=True)
    for line in sys.stdin:
        words = line.split()
        if words == ["save"]:
            numpy.save(path("result.npy"), result.cpu().numpy())
            print("ok", flush=True)
            continue
        finish()
        start = time.perf_counter_ns()
        for _ in range(int(words[1])):
            # Its memory is there again then, as for the others.
            result = None
            result = run()
            finish()
        print("ok", time.perf_counter_ns() - start, flush=True)


try:
    main(*sys.argv[1:])
except Exception as e:
    print("error", type(e).__name__ + ":", str(e).replace("\n", " "), flush=True)
    sys.exit(1)
