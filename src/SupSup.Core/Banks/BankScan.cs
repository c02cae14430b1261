using System.Buffers;
using System.Collections.Immutable;
using SupSup.Core.Inference;

namespace SupSup.Core.Banks;

/// <summary>
/// One pass over a bank for a batch of images, shared by all that ask at the same time: each block of masks is brought
/// into the cache once and scored for every image. In three steps, each of which can be spread over threads:
/// <see cref="Prepare"/> by image, <see cref="Scan"/> by block, <see cref="Collect"/> by image.
/// </summary>
public sealed unsafe class BankScan : IDisposable
{
    // Columns to ask for ahead of use, for the first image that sees a block and for those that find it in the cache.
    private const int FarAhead = 10;
    private const int NearAhead = 2;

    private readonly BankSnapshot _bank;
    private readonly ScanPlans _shared;
    private readonly IScanKernel _kernel;
    private readonly int[] _wanted;
    private readonly ImmutableArray<int> _images;
    private readonly ScanPlan[] _plans;
    private readonly float[] _scores;
    private readonly int _lanes;
    private readonly BankScan? _coarse;
    private readonly double[] _floors = [];
    private int _disposed;

    /// <summary>Sets up a pass in full over the blocks that a coarse pass over the same images left over.</summary>
    /// <param name="coarse">The coarse pass, scanned; it must live as long as this.</param>
    /// <param name="images">Which of its images.</param>
    /// <param name="floors">For each, the scanned score below which a mask need not be looked at; see <see cref="ScanMoments.Margin"/>.</param>
    /// <param name="plans">The same images in full, or null to make them.</param>
    public BankScan(BankScan coarse, ImmutableArray<int> images, double[] floors, ScanPlans? plans = null)
        : this(coarse._bank, coarse._wanted, plans ?? coarse.InFull(images), coarse._kernel)
    {
        (_coarse, _images, _floors) = (coarse, images, floors);
    }

    /// <summary>Sets up a pass.</summary>
    /// <param name="bank">The masks.</param>
    /// <param name="slots">Which of them, or default for all.</param>
    /// <param name="factors">The images' factors.</param>
    /// <param name="rows">Which of the images.</param>
    /// <param name="layers">Which layers' terms to sum.</param>
    /// <param name="depth">How much to read.</param>
    /// <exception cref="ArgumentException">A slot is empty, or the factors lack a layer or are of another network.</exception>
    public BankScan(BankSnapshot bank, ImmutableArray<int> slots, RankOneFactors factors, ImmutableArray<int> rows, LayerSelection layers, ScanDepth depth)
        : this(bank, slots, factors, rows, layers, depth, ScanKernelChoice.Best)
    {
    }

    /// <summary>Sets up a pass whose images other passes look at too.</summary>
    /// <param name="bank">The masks.</param>
    /// <param name="slots">Which of them, or default for all.</param>
    /// <param name="plans">The images.</param>
    /// <exception cref="ArgumentException">A slot is empty, or the bank is of another network.</exception>
    public BankScan(BankSnapshot bank, ImmutableArray<int> slots, ScanPlans plans)
        : this(bank, Wanted(bank, slots), plans, ScanKernelChoice.Best)
    {
    }

    internal BankScan(BankSnapshot bank, ImmutableArray<int> slots, RankOneFactors factors, ImmutableArray<int> rows, LayerSelection layers, ScanDepth depth, IScanKernel kernel)
        : this(bank, Wanted(bank, slots), new ScanPlans(bank.Network, factors, rows, layers, depth), kernel)
    {
    }

    private BankScan(BankSnapshot bank, int[] wanted, ScanPlans plans, IScanKernel kernel)
    {
        if (plans.Network.Hash != bank.Network.Hash)
            throw new ArgumentException($"images prepared for network {plans.Network.Shape} with seed {plans.Network.Seed} cannot be scanned over masks of network {bank.Network.Shape} with seed {bank.Network.Seed}");
        (_bank, _wanted, _shared, _kernel) = (bank, wanted, plans, kernel);
        _plans = new ScanPlan[plans.Rows.Length];
        _lanes = Blocks * BlockLayout.Lanes;
        _scores = ArrayPool<float>.Shared.Rent(Math.Max(1, Rows * _lanes));
    }

    /// <summary>Images to prepare and collect.</summary>
    public int Rows => _plans.Length;

    /// <summary>Blocks to scan.</summary>
    public int Blocks => _bank.Blocks.Length;

    /// <summary>Scores that it keeps.</summary>
    public int Scores => Rows * _lanes;

    /// <summary>Makes the tables of some images.</summary>
    /// <param name="from">First image of the pass.</param>
    /// <param name="to">Image after the last.</param>
    public void Prepare(int from, int to)
    {
        for (int row = from; row < to; row++) _plans[row] = _shared[row];
    }

    /// <summary>Scores some blocks' masks for every image.</summary>
    /// <param name="from">First block.</param>
    /// <param name="to">Block after the last.</param>
    public void Scan(int from, int to)
    {
        fixed (float* scores = _scores)
        {
            for (int block = from; block < to; block++)
            {
                int ahead = FarAhead;
                for (int row = 0; row < _plans.Length; row++)
                {
                    float* target = scores + ((long)row * _lanes) + (block * BlockLayout.Lanes);
                    if (!IsLeft(row, block))
                    {
                        new Span<float>(target, BlockLayout.Lanes).Fill(float.NegativeInfinity);
                        continue;
                    }

                    _kernel.Scan(_bank.Blocks[block].Start, _bank.Layout.RowSums, _plans[row], ahead, target);
                    ahead = NearAhead;
                }
            }
        }

        GC.KeepAlive(_bank);
    }

    /// <summary>
    /// What was found for one image. After a pass over what a coarse one left over, the moments are those of the coarse
    /// one, with the full pass's rounding: the masks left out have no whole scores.
    /// </summary>
    /// <param name="row">Image of the pass.</param>
    /// <param name="best">How many of the best masks to name, at most.</param>
    public ScanOutcome Collect(int row, int best)
    {
        float[] wanted = ArrayPool<float>.Shared.Rent(Math.Max(1, _wanted.Length));
        double sum = 0;
        double squares = 0;
        for (int n = 0; n < _wanted.Length; n++)
        {
            float score = _scores[(row * _lanes) + _wanted[n]];
            wanted[n] = score;
            sum += score;
            squares += (double)score * score;
        }

        int[] slots = new int[Math.Min(best, _wanted.Length)];
        BestCandidates.Pick(wanted.AsSpan(0, _wanted.Length), slots);
        float[] scores = [.. slots.Select(n => wanted[n])];
        ArrayPool<float>.Shared.Return(wanted);
        for (int n = 0; n < slots.Length; n++) slots[n] = _bank.Slots[_wanted[slots[n]]];
        ScanPlan plan = _plans[row];
        ScanMoments moments = _coarse is { } coarse
            ? coarse.Whole(_images[row], plan.ErrorVariance)
            : new ScanMoments(_wanted.Length, sum, squares, plan.SeenVariance, plan.UnseenVariance, plan.ErrorVariance);
        return new ScanOutcome(slots, scores, moments);
    }

    private static int[] Wanted(BankSnapshot bank, ImmutableArray<int> slots) =>
        slots.IsDefault ? [.. Enumerable.Range(0, bank.Slots.Length).Where(lane => bank.Slots[lane] >= 0)] : [.. slots.Select(bank.Lane)];

    private ScanPlans InFull(ImmutableArray<int> images) =>
        new(_bank.Network, _shared.Factors, [.. images.Select(image => _shared.Rows[image])], _shared.Layers, ScanDepth.Full);

    private ScanMoments Whole(int row, double errorVariance)
    {
        ScanOutcome found = Collect(row, 1);
        return found.Scores.Length == 0 ? found.Moments : found.Moments.Whole(found.Scores[0], errorVariance);
    }

    private bool IsLeft(int row, int block)
    {
        if (_coarse is not { } coarse) return true;
        ReadOnlySpan<float> scanned = coarse._scores.AsSpan((_images[row] * coarse._lanes) + (block * BlockLayout.Lanes), BlockLayout.Lanes);
        foreach (float score in scanned)
            if (score >= _floors[row]) return true;
        return false;
    }

    /// <summary>Gives the memory of the scores back at once; without it the garbage collector does.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) ArrayPool<float>.Shared.Return(_scores);
    }
}
