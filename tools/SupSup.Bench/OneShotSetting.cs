using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Search;

namespace SupSup.Bench;

/// <summary>Masks in a bank and in superposition: the kernel alone, without grains.</summary>
internal sealed class OneShotSetting : IDisposable
{
    private readonly EffectiveNetwork _superposition;
    private readonly BankSearch _search = new(BenchTasks.Network, BenchTasks.Classes);
    private readonly IObjective _objective = Objectives.Get("G");

    private OneShotSetting(MaskBank bank, EffectiveNetwork superposition)
    {
        Bank = bank;
        _superposition = superposition;
    }

    public MaskBank Bank { get; }

    /// <summary>Fills a bank.</summary>
    public static OneShotSetting Make(BenchTasks tasks, int count)
    {
        const int Chunk = 1000, FirstImages = 64;
        MaskBank bank = new(BenchTasks.Network);
        int slot = 0;
        foreach (TaskMask[] some in tasks.Masks(count).Chunk(Chunk))
            bank.Put([.. some.Select(mask => KeyValuePair.Create(slot++, mask))]);
        MaskCounts counts = bank.Snapshot.Superimpose([.. Enumerable.Range(0, count)]);
        OneShotSetting setting = new(bank, EffectiveNetwork.Of(BenchTasks.Network, counts));

        // As in a silo, masks are laid out by the first images that are asked about.
        setting.Find(tasks.Images(FirstImages), FirstImages, LayerSelection.All);
        bank.Arrange()?.Run();
        return setting;
    }

    /// <summary>Forward and backward through the superposition.</summary>
    public RankOneFactors Factors(float[] images, int rows) => _superposition.Differentiate(images, rows, _objective, BenchTasks.Classes);

    /// <summary>Infers the tasks of images: forward, backward, scan, exact scores, and a run of the winner.</summary>
    /// <param name="images">[rows, in].</param>
    /// <param name="rows">How many.</param>
    /// <param name="layers">Which layers' terms to sum.</param>
    public SearchAnswer[] Find(float[] images, int rows, LayerSelection layers) =>
        _search.Find(Bank.Snapshot, Factors(images, rows), layers, SearchRule.OneShot);

    public void Dispose()
    {
        _search.Dispose();
        _superposition.Dispose();
    }
}
