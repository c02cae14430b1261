using System.Buffers;
using System.Collections.Immutable;
using SupSup.Core.Inference;

namespace SupSup.Core.Banks;

/// <summary>
/// Passes over a bank for a batch of images, shared by all that ask at the same time: each block of masks is brought into
/// the cache once and scored for every image. The first pass goes over all masks; those that follow (<see cref="Deepen"/>)
/// read more, for the images that are not decided and of the blocks that still matter to them. Each
/// in three steps, which can be spread over threads: <see cref="Prepare"/> by image, <see cref="Scan"/> by block,
/// <see cref="Collect"/> by image.
/// </summary>
public sealed unsafe class BankScan : IDisposable
{
    private readonly BankSnapshot _bank;
    private readonly ScanPlans _shared;
    private readonly IScanKernel _kernel;
    private readonly int[] _wanted;
    private readonly bool[] _isWanted;
    private readonly int _lanes;
    private readonly float[] _scores;

    // What row sums alone say of each mask; of the first pass only.
    private float[] _means;

    // By image of the batch: how deep it was scanned, what the first pass found, and the variance of what is not read yet.
    private readonly ScanDepth[] _depths;
    private readonly (ScanMoments Moments, float Best)?[] _first;
    private readonly double[] _unseen;

    // By image of the pass: which of the batch, its plan, and the score below which a mask is left out.
    private int[] _images;
    private ScanPlan[] _plans;
    private double[] _floors = [];
    private int _passes;
    private int _disposed;

    /// <summary>Sets up a first pass.</summary>
    /// <param name="bank">The masks.</param>
    /// <param name="slots">Which of them, or default for all.</param>
    /// <param name="factors">The images' factors.</param>
    /// <param name="rows">Which of the images.</param>
    /// <param name="layers">Which layers' terms to sum.</param>
    /// <param name="depth">How much to read.</param>
    /// <exception cref="ArgumentException">A slot is empty, or the factors lack a layer or are of another network.</exception>
    public BankScan(BankSnapshot bank, ImmutableArray<int> slots, RankOneFactors factors, ImmutableArray<int> rows, LayerSelection layers,
        ScanDepth depth)
        : this(bank, slots, new ScanPlans(bank.Network, factors, rows, layers), depth)
    {
    }

    /// <summary>Sets up a first pass whose images other scans look at too.</summary>
    /// <param name="bank">The masks.</param>
    /// <param name="slots">Which of them, or default for all.</param>
    /// <param name="plans">The images.</param>
    /// <param name="depth">How much to read.</param>
    /// <exception cref="ArgumentException">A slot is empty, or the bank is of another network.</exception>
    public BankScan(BankSnapshot bank, ImmutableArray<int> slots, ScanPlans plans, ScanDepth depth)
        : this(bank, slots, plans, depth, ScanKernelChoice.Best)
    {
    }

    internal BankScan(BankSnapshot bank, ImmutableArray<int> slots, ScanPlans plans, ScanDepth depth, IScanKernel kernel)
    {
        if (plans.Network.Hash != bank.Network.Hash)
            throw new ArgumentException(
                $"images prepared for network {plans.Network.Plan} with seed {plans.Network.Seed} do not fit masks of network "
                    + $"{bank.Network.Plan} with seed {bank.Network.Seed}");
        (_bank, _wanted, _shared, _kernel) = (bank, Wanted(bank, slots), plans, kernel);
        _depths = new ScanDepth[plans.Count];
        Array.Fill(_depths, depth);
        _first = new (ScanMoments, float)?[plans.Count];
        _unseen = new double[plans.Count];
        Array.Fill(_unseen, double.PositiveInfinity);
        (_images, _plans) = ([.. Enumerable.Range(0, plans.Count)], new ScanPlan[plans.Count]);
        _lanes = Blocks * BlockLayout.Lanes;
        _isWanted = new bool[_lanes];
        foreach (int lane in _wanted) _isWanted[lane] = true;
        _scores = ArrayPool<float>.Shared.Rent(Math.Max(1, Scores));
        _means = ArrayPool<float>.Shared.Rent(Math.Max(1, Scores));
    }

    /// <summary>Images to prepare and collect in this pass.</summary>
    public int Rows => _images.Length;

    public int Blocks => _bank.Blocks.Length;

    /// <summary>Scores that it keeps.</summary>
    public int Scores => _depths.Length * _lanes;

    /// <summary>Whether a deeper pass could find more, as far as images were collected.</summary>
    public bool HasMore => Array.Exists(_unseen, static variance => variance > 0);

    /// <summary>Sets up a further pass, when the one before was scanned. What it finds takes the place of what was found.</summary>
    /// <param name="images">Which images of the batch; the pass's images are these, in this order.</param>
    /// <param name="floors">For each, the score found so far below which a mask need not be looked at; see
    /// <see cref="ScanMoments.Floor"/>.</param>
    /// <param name="depths">For each, how deep to go.</param>
    /// <exception cref="ArgumentException">There is no such image, or it was scanned as deep before.</exception>
    public void Deepen(ReadOnlySpan<int> images, ReadOnlySpan<double> floors, ReadOnlySpan<ScanDepth> depths)
    {
        if (floors.Length != images.Length || depths.Length != images.Length)
            throw new ArgumentException($"{floors.Length} floors and {depths.Length} depths do not fit {images.Length} images");
        for (int n = 0; n < images.Length; n++)
        {
            if ((uint)images[n] >= _depths.Length) throw new ArgumentException($"there is no image {images[n]} among {_depths.Length}");
            if (depths[n] <= _depths[images[n]])
                throw new ArgumentException(
                    $"image {images[n]} was already scanned at depth {_depths[images[n]]}; {depths[n]} is not deeper");
        }

        for (int n = 0; n < _images.Length; n++)
            if (_first[_images[n]] is null) Collect(n, 1);

        // What the first pass found is known by now.
        if (_passes == 0) ArrayPool<float>.Shared.Return(Interlocked.Exchange(ref _means, []));
        (_images, _floors, _plans) = (images.ToArray(), floors.ToArray(), new ScanPlan[images.Length]);
        for (int n = 0; n < images.Length; n++) _depths[images[n]] = depths[n];
        _passes++;
    }

    /// <summary>Makes the tables of some images.</summary>
    /// <param name="from">First image of the pass.</param>
    /// <param name="to">Image after the last.</param>
    public void Prepare(int from, int to)
    {
        for (int n = from; n < to; n++) _plans[n] = _shared.Get(_bank.Layout, _images[n], _depths[_images[n]]);
    }

    /// <summary>Scores some blocks' masks for every image.</summary>
    /// <param name="from">First block.</param>
    /// <param name="to">Block after the last.</param>
    public void Scan(int from, int to)
    {
        float* unused = stackalloc float[BlockLayout.Lanes];
        fixed (float* scores = _scores)
        fixed (float* means = _means)
        {
            for (int block = from; block < to; block++)
            {
                for (int n = 0; n < _plans.Length; n++)
                {
                    long at = ((long)_images[n] * _lanes) + (block * BlockLayout.Lanes);
                    if (_passes > 0 && !IsLeft(n, block))
                    {
                        new Span<float>(scores + at, BlockLayout.Lanes).Fill(float.NegativeInfinity);
                        continue;
                    }

                    _kernel.Scan(_bank.Blocks[block].Start, _plans[n], _passes == 0 ? means + at : unused, scores + at);
                }
            }
        }

        GC.KeepAlive(_bank);
    }

    /// <summary>
    /// What was found for one image. After a further pass the moments are those of the first one, with what the last has
    /// left unread and all that rounding added: the masks left out have no scores.
    /// </summary>
    /// <param name="row">Image of the pass.</param>
    /// <param name="best">How many of the best masks to name, at most.</param>
    public ScanOutcome Collect(int row, int best)
    {
        int image = _images[row];
        float[] wanted = ArrayPool<float>.Shared.Rent(Math.Max(1, _wanted.Length));
        for (int n = 0; n < _wanted.Length; n++) wanted[n] = _scores[(image * _lanes) + _wanted[n]];
        ScanOutcome found = ScanOutcome.Of(wanted.AsSpan(0, _wanted.Length), best);
        ArrayPool<float>.Shared.Return(wanted);
        for (int n = 0; n < found.Slots.Length; n++) found.Slots[n] = _bank.Slots[_wanted[found.Slots[n]]];
        ScanPlan plan = _plans[row];
        _unseen[image] = plan.UnseenVariance;
        if (_passes > 0)
        {
            (ScanMoments all, float first) = _first[image]!.Value;
            return found with { Moments = all.Deeper(first, plan.UnseenVariance, plan.ErrorVariance) };
        }

        ScanMoments moments = Lines(image, found) with
        {
            LinesVariance = plan.LinesVariance,
            UnseenVariance = plan.UnseenVariance,
            ErrorVariance = plan.ErrorVariance,
        };
        _first[image] = (moments, found.Scores.FirstOrDefault());
        return found with { Moments = moments };
    }

    /// <summary>The whole pass, on the calling thread.</summary>
    /// <param name="best">How many of the best masks to name, at most.</param>
    /// <returns>What was found for each image of the pass.</returns>
    public ScanOutcome[] Run(int best)
    {
        Prepare(0, Rows);
        Scan(0, Blocks);
        return [.. Enumerable.Range(0, Rows).Select(row => Collect(row, best))];
    }

    // What lines say of the masks beyond their row sums.
    private ScanMoments Lines(int image, ScanOutcome found)
    {
        (int first, double sum, double squares) = (image * _lanes, 0, 0);
        ReadOnlySpan<float> scores = _scores.AsSpan(first, _lanes), means = _means.AsSpan(first, _lanes);
        foreach (int lane in _wanted)
        {
            double said = (double)scores[lane] - means[lane];
            sum += said;
            squares += said * said;
        }

        double best = 0;
        if (found.Slots.Length > 0)
        {
            int lane = _bank.Lane(found.Slots[0]);
            best = (double)scores[lane] - means[lane];
        }

        return found.Moments with { LineSum = sum, LineSumOfSquares = squares, LinesOfBest = best };
    }

    private static int[] Wanted(BankSnapshot bank, ImmutableArray<int> slots) =>
        slots.IsDefault ? [.. Enumerable.Range(0, bank.Slots.Length).Where(lane => bank.Slots[lane] >= 0)] : [.. slots.Select(bank.Lane)];

    private bool IsLeft(int image, int block)
    {
        int first = block * BlockLayout.Lanes, scores = (_images[image] * _lanes) + first;
        for (int lane = 0; lane < BlockLayout.Lanes; lane++)
            if (_isWanted[first + lane] && _scores[scores + lane] >= _floors[image]) return true;
        return false;
    }

    /// <summary>Gives the memory of the scores back at once; without it the garbage collector does.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        ArrayPool<float>.Shared.Return(_scores);
        if (_means.Length > 0) ArrayPool<float>.Shared.Return(_means);
    }
}
