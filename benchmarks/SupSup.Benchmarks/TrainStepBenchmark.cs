using BenchmarkDotNet.Attributes;
using SupSup.Core.Masks;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Peers;
using SupSup.Reference;
using static TorchSharp.torch;

namespace SupSup.Benchmarks;

/// <summary>
/// One training step on a batch of 128 images. The batches are many and real, and a task starts again after as many
/// batches as the paper trains for: on one batch, or for ever, gradients would vanish into denormal numbers.
/// </summary>
[InstructionSets("NoAVX512")]
public class TrainStepBenchmark
{
    private const int Batches = 400;
    private const int BatchesPerTask = 1000;
    private const int Rows = 128;
    private const double LearningRate = 1e-4;
    private const ulong TaskSeed = 1;

    private readonly float[][] _inputs = new float[Batches][];
    private readonly int[][] _labels = new int[Batches][];
    private Tensor[] _inputTensors = [];
    private Tensor[] _labelTensors = [];
    private TrainingSession? _session;
    private readonly SupermaskNetwork _network = new(BenchmarkNetwork.Network);
    private MaskTraining? _naive;
    private DenseProducts? _products;
    private int _done;

    [Params("rmsprop", "adam")]
    public string Optimizer { get; set; } = "";

    private Recipe Training => new()
    {
        Name = "benchmark",
        Optimizer = Optimizer,
        LearningRate = LearningRate,
        Schedule = "constant",
        Batches = BatchesPerTask,
        BatchSize = Rows,
    };

    [GlobalSetup(Target = nameof(SupSupStep))]
    public void ReadBatches()
    {
        set_num_threads(1);
        ClassificationTask task = BenchmarkNetwork.Task(0);
        BatchOrder order = new(task.TrainCount, TaskSeed);
        int[] indices = new int[Rows];
        for (int batch = 0; batch < Batches; batch++)
        {
            order.Next(indices);
            _inputs[batch] = new float[Rows * task.Inputs];
            _labels[batch] = new int[Rows];
            task.FillTrain(indices, _inputs[batch], _labels[batch]);
        }
    }

    [GlobalSetup(Target = nameof(NaiveStep))]
    public void MakeTensors()
    {
        ReadBatches();
        _inputTensors = [.. _inputs.Select(batch => tensor(batch, [Rows, batch.Length / Rows]))];
        _labelTensors = [.. _labels.Select(batch => tensor([.. batch.Select(label => (long)label)]))];
    }

    [GlobalSetup(Target = nameof(NaiveStepTunedMalloc))]
    public void MakeTensorsAndTuneMalloc()
    {
        TunedMalloc.Apply();
        MakeTensors();
    }

    [GlobalSetup(Target = nameof(DenseProductsAlone))]
    public void MakeProducts()
    {
        set_num_threads(1);
        _products = new DenseProducts(BenchmarkNetwork.Network.Shape, Rows);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _session?.Dispose();
        _naive?.Dispose();
        _network.Dispose();
        _products?.Dispose();
        foreach (Tensor tensor in _inputTensors.Concat(_labelTensors)) tensor.Dispose();
    }

    [Benchmark(Description = "plain TorchSharp", Baseline = true)]
    public float NaiveStep()
    {
        if (_done % BatchesPerTask == 0)
        {
            _naive?.Dispose();
            _naive = new MaskTraining(_network, Training, TaskSeed);
        }

        int batch = _done++ % Batches;
        return _naive!.Step(_inputTensors[batch], _labelTensors[batch]);
    }

    [Benchmark(Description = "plain TorchSharp, malloc tuned")]
    public float NaiveStepTunedMalloc() => NaiveStep();

    [Benchmark(Description = "the dense products alone")]
    public void DenseProductsAlone() => _products!.Run();

    [Benchmark(Description = "SupSup")]
    public float SupSupStep()
    {
        if (_done % BatchesPerTask == 0)
        {
            _session?.Dispose();
            _session = new TrainingSession(BenchmarkNetwork.Network, new ThresholdMaskRule(), Training, TaskSeed);
        }

        int batch = _done++ % Batches;
        return _session!.Step(_inputs[batch], _labels[batch]);
    }
}
