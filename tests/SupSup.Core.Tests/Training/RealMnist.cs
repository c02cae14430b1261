using SupSup.Core.Datasets;
using SupSup.Core.Tests.Datasets;

namespace SupSup.Core.Tests.Training;

/// <summary>MNIST, opened once. A first opening starts programs, so its tests belong to <see cref="ProcessTests"/>.</summary>
internal static class RealMnist
{
    private static readonly Lazy<Task<Dataset>> Opened = new(() => SharedCache.Store.OpenAsync("mnist"));

    public static Task<Dataset> OpenAsync() => Opened.Value;
}
