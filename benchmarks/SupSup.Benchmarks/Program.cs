// Measures the kernels beside the peers that they are compared with, one thread, each benchmark in a process of its own,
// again with AVX-512 switched off (in libtorch too), and scans and runs of masks also without AVX2. In this repository:
//
//   dotnet run -c Release --project benchmarks/SupSup.Benchmarks -- ARGUMENTS
//
//   --filter '*'                        everything, about 15 minutes
//   --filter '*BankScan*'               one class
//   --filter '*TrainStep*' --job dry    does it run at all: each once, the times mean nothing
//   --list flat                         what there is
//   shortlist FOLDER                    no times: which masks to compare, e.g. those in runs/experiments/lenet-2500-fast/masks
//
// --job short takes a third of the time and is less exact. MNIST is taken from $SUPSUP_HOME/data (~/.supsup/data), and
// fetched if it is not there. Results are also written to runs/benchmarks/results.
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using SupSup.Benchmarks;

if (args is ["shortlist", { } masks])
{
    ShortlistRules.Run(masks);
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(RunLength).Assembly).Run(
    RunLength.Take(args), DefaultConfig.Instance.WithArtifactsPath(Path.Combine("runs", "benchmarks")));
