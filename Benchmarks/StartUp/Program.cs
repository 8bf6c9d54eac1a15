using MiniTorch.NN;
using MiniTorch.Optim;
using static MiniTorch.Torch;
using F = MiniTorch.NN.Functional;

// The program whose first trained step is timed from the start of its process.
ManualSeed(0);
var (x, y) = (Randn(64, 784), Randint(10, [64]));
var model = new Sequential(new Linear(784, 128), new ReLU(), new Linear(128, 10));
var optimizer = new Adam(model.Parameters(), lr: 1e-3);

var loss = F.CrossEntropy(model.Call(x), y);
optimizer.ZeroGrad();
loss.Backward();
optimizer.Step();
Console.WriteLine(loss.Item());
