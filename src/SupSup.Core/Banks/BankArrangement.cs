namespace SupSup.Core.Banks;

/// <summary>
/// The masks of a bank laid out anew, as scans would have them by the images that were asked about (<see cref="RowEnergies"/>).
/// Takes some 0.1 ms a mask, and their memory twice meanwhile. Queries go on over what they have.
/// </summary>
public sealed class BankArrangement
{
    private readonly MaskBlock[] _blocks;
    private readonly Func<BankArrangement, bool> _take;

    internal BankArrangement(BankSnapshot from, BlockLayout layout, Func<BankArrangement, bool> take)
    {
        (From, Layout, _take) = (from, layout, take);
        _blocks = new MaskBlock[from.Blocks.Length];
    }

    /// <summary>Blocks of masks.</summary>
    public int Blocks => _blocks.Length;

    internal BankSnapshot From { get; }

    internal BlockLayout Layout { get; }

    internal BankSnapshot Arranged =>
        new(From.Network, Layout, new BankSigns(From.Network, Layout), [.. _blocks], From.Lanes, From.Slots, From.Count);

    /// <summary>Lays out some blocks; by several threads at once, if wanted.</summary>
    /// <param name="from">The first.</param>
    /// <param name="to">The one after the last.</param>
    public void Run(int from, int to)
    {
        for (int n = from; n < to; n++) _blocks[n] = From.Blocks[n].In(Layout);
    }

    /// <summary>All of it, on the calling thread.</summary>
    /// <returns>As <see cref="Done"/>.</returns>
    public bool Run()
    {
        Run(0, Blocks);
        return Done();
    }

    /// <summary>Has the bank take it, once all blocks are done.</summary>
    /// <returns>False where masks were put or removed meanwhile: nothing was changed.</returns>
    public bool Done() => _take(this);
}
