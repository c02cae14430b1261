using BenchmarkDotNet.Attributes;
using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Search;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Peers;
using SupSup.Reference;
using TorchSharp;

namespace SupSup.Benchmarks;

/// <summary>
/// From an image to its task among 250, by the entropy's exact gradient of all layers. Four masks are trained, and the
/// images are theirs, so that the right answer stands out as it does in use; the other masks are random. malloc is tuned
/// for all.
/// </summary>
[InstructionSets("NoAVX512")]
public class OneShotBenchmark
{
    private const int Masks = 250;
    private const int Trained = 4;
    private const int Images = 64;

    private readonly TaskMask[] _masks = BenchmarkNetwork.RandomMasks(Masks);
    private readonly float[] _inputs = new float[Images * BenchmarkNetwork.Network.Plan.Inputs];
    private readonly GradientScores _scorer = new(BenchmarkNetwork.Network, LayerSelection.All);
    private readonly BankSearch _search = new(BenchmarkNetwork.Network, BenchmarkNetwork.Classes);
    private readonly IObjective _objective = Objectives.Get("H");
    private EffectiveNetwork? _superposition;
    private BankSnapshot? _bank;
    private readonly SupermaskNetwork _network = new(BenchmarkNetwork.Network);
    private NaiveOneShot? _naive;
    private SuperimposedMasks? _plain;
    private int _done;

    [GlobalSetup]
    public void Train()
    {
        torch.set_num_threads(1);
        for (int index = 0; index < Trained; index++)
        {
            ClassificationTask task = BenchmarkNetwork.Task(index);
            _masks[index * Masks / Trained] = TaskTrainer.Train(
                BenchmarkNetwork.Network, new ThresholdMaskRule(), Recipes.Get("fast"),
                new TrainingJob { Data = task, Index = index }).Mask;
            task.Test(0, Images / Trained).Inputs.CopyTo(_inputs, index * _inputs.Length / Trained);
        }

        _superposition = BenchmarkNetwork.Superpose(_masks);
        MaskBank bank = new(BenchmarkNetwork.Network);
        bank.Put([.. _masks.Select((mask, slot) => KeyValuePair.Create(slot, mask))]);
        _bank = bank.Snapshot;
        for (int image = 0; image < Images; image++)
        {
            (int scored, int searched) = (Score(Image(image)), Search(Image(image)));
            if (scored != searched)
                throw new InvalidOperationException($"image {image}: the scorer finds task {scored}, the search {searched}");
        }
    }

    [GlobalSetup(Target = nameof(PaperWay))]
    public void StackAsThePaper()
    {
        Train();
        _naive = new NaiveOneShot(BenchmarkNetwork.Network, _masks);
    }

    [GlobalSetup(Target = nameof(ByProduct))]
    public void StackForProduct()
    {
        Train();
        _plain = new SuperimposedMasks(_network, [.. _masks.Select(_network.Unpack)]);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _superposition?.Dispose();
        _naive?.Dispose();
        _plain?.Dispose();
        _network.Dispose();
        _search.Dispose();
    }

    [Benchmark(Description = "plain TorchSharp, the paper's way", Baseline = true)]
    public int PaperWay() => _naive!.Infer(Next());

    [Benchmark(Description = "plain TorchSharp, masks summed by a product")]
    public int ByProduct()
    {
        using torch.Tensor inputs = _network.Inputs(Next());
        return _plain!.OneShot(inputs, TaskObjective.H);
    }

    [Benchmark(Description = "of what follows, the forward and backward pass")]
    public RankOneFactors Differentiate() => _superposition!.Differentiate(Next(), 1, _objective, BenchmarkNetwork.Classes);

    [Benchmark(Description = "GradientScores, every mask exactly")]
    public int ScoreAll() => Score(Next());

    [Benchmark(Description = "BankSearch, 1 image")]
    public int SearchForOne() => Search(Next());

    [Benchmark(Description = "BankSearch, each of 64 images", OperationsPerInvoke = Images)]
    public int SearchForMany() =>
        _search.Find(
            _bank!,
            _superposition!.Differentiate(_inputs, Images, _objective, BenchmarkNetwork.Classes),
            LayerSelection.All,
            SearchRule.OneShot)[0].Task;

    private ReadOnlySpan<float> Next() => Image(_done++);

    private ReadOnlySpan<float> Image(int n)
    {
        int inputs = BenchmarkNetwork.Network.Plan.Inputs;
        return _inputs.AsSpan(n % Images * inputs, inputs);
    }

    private int Score(ReadOnlySpan<float> image)
    {
        float[] scores = _scorer.Of(_superposition!.Differentiate(image, 1, _objective, BenchmarkNetwork.Classes), 0, 1, _masks);
        return Array.IndexOf(scores, scores.Max());
    }

    private int Search(ReadOnlySpan<float> image) =>
        _search.Find(
            _bank!,
            _superposition!.Differentiate(image, 1, _objective, BenchmarkNetwork.Classes),
            LayerSelection.All,
            SearchRule.OneShot)[0].Task;
}
