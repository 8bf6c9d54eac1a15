using BenchmarkDotNet.Running;

// dotnet run -c Release --project Benchmarks -- --filter '*Chain*'
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
