using System.IO.Compression;
using SupSup.Core.Datasets;
using SupSup.Data.Formats;

namespace SupSup.Data.Published;

/// <summary>
/// Fashion-MNIST: 60,000 + 10,000 pictures of clothes of 28 x 28 (Xiao, Rasul and Vollgraf, arXiv 1708.07747), from
/// the Debian package <c>dataset-fashion-mnist</c>. Installs the package where it is missing and the process is root.
/// </summary>
/// <param name="installed">The folder in which the package keeps its gzipped IDX files.</param>
/// <param name="aptGet">The apt-get command: a path, or a name to be found in PATH.</param>
/// <param name="mayInstall">Whether to install a missing package; null means where the process is root.</param>
public sealed class FashionMnistSource(
    string installed = "/usr/share/datasets/fashion-mnist", string aptGet = "apt-get", bool? mayInstall = null)
    : IDatasetSource
{
    private const string Package = "dataset-fashion-mnist";
    private const string InsteadPassFolder = "or pass a folder that holds the four IDX files of Fashion-MNIST";

    /// <inheritdoc/>
    public string Name => "fashion-mnist";

    /// <inheritdoc/>
    public string Description =>
        $"Fashion-MNIST, 60,000 + 10,000 pictures of clothes of 28 x 28 (Debian package {Package})";

    /// <inheritdoc/>
    public int Classes => 10;

    /// <inheritdoc/>
    public Normalization Normalization => new(0.2860f, 0.3530f);

    /// <inheritdoc/>
    public IReadOnlyList<DatasetFile> Files { get; } =
    [
        new(IdxFolder.TrainImages, 47_040_016, "f4a8712d7a061bf5bd6d2ca38dc4d50a"),
        new(IdxFolder.TrainLabels, 60_008, "9018921c3c673c538a1fc5bad174d6f9"),
        new(IdxFolder.TestImages, 7_840_016, "8181f5470baa50b63fa0f6fddb340f0a"),
        new(IdxFolder.TestLabels, 10_008, "15d484375f8d13e6eb1aabb0c3f46965"),
    ];

    /// <inheritdoc/>
    public async Task FetchAsync(string directory, string? archive, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        if (archive is not null)
            throw new DatasetException(Name, $"comes from Debian's package {Package}, not from an archive", $"leave {archive} out");
        if (!IsInstalled())
            await InstallAsync(directory, progress, cancellationToken).ConfigureAwait(false);

        progress?.Report($"{Name}: inflating {installed}");
        foreach (DatasetFile file in Files)
        {
            string? damage = await InflateAsync(file, directory, cancellationToken).ConfigureAwait(false);
            if (damage is not null)
            {
                throw new DatasetException(
                    Compressed(file),
                    damage,
                    $"reinstall it (apt-get install --reinstall {Package}), {InsteadPassFolder}");
            }
        }
    }

    private async Task<string?> InflateAsync(DatasetFile file, string directory, CancellationToken cancellationToken)
    {
        try
        {
            using FileStream packed = File.OpenRead(Compressed(file));
            using var inflated = new GZipStream(packed, CompressionMode.Decompress);
            using FileStream plain = File.Create(Path.Combine(directory, file.Name));
            await inflated.CopyToAsync(plain, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            return $"its gzip compression is damaged ({e.Message})";
        }

        // Checked here already, because the remedy is another than for what is damaged on its way.
        return file.FindDamage(directory) is { } damage ? $"its content {damage}" : null;
    }

    private string Compressed(DatasetFile file) => Path.Combine(installed, $"{file.Name}.gz");

    private bool IsInstalled() => Files.All(file => File.Exists(Compressed(file)));

    private async Task InstallAsync(
        string directory, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        if (!(mayInstall ?? Environment.IsPrivilegedProcess))
        {
            throw new DatasetException(
                Name,
                $"Debian's package {Package} is not installed, and only root can install it",
                $"run `apt-get install {Package}` as root, {InsteadPassFolder}");
        }

        // Download first: that can be cancelled at any moment, whereas a killed dpkg leaves the system to be repaired.
        string[] install = ["install", "-y", "--no-install-recommends", Package];
        string[] download = [.. install, "--download-only"];
        progress?.Report($"{Name}: fetching 31 MB by `{aptGet} install {Package}`");
        ExternalTool answer = await AptGetAsync(download, directory, cancellationToken).ConfigureAwait(false);
        if (answer.ExitCode != 0)
        {
            // Unknown to this system, or its lists are older than the archive.
            progress?.Report($"{Name}: the package is not listed yet; running `{aptGet} update` and trying again");
            await AptGetAsync(["update"], directory, cancellationToken).ConfigureAwait(false);
            answer = await AptGetAsync(download, directory, cancellationToken).ConfigureAwait(false);
        }

        if (answer.ExitCode == 0)
            answer = await AptGetAsync(install, directory, CancellationToken.None).ConfigureAwait(false);

        if (answer.ExitCode != 0 || !IsInstalled())
        {
            throw new DatasetException(
                Name,
                answer.ExitCode != 0
                    ? $"`{aptGet} install {Package}` failed: {answer.Complaint("E: ")}"
                    : $"`{aptGet} install {Package}` did not put its files into {installed}",
                $"check that this system has Debian's package {Package}, {InsteadPassFolder}");
        }
    }

    private async Task<ExternalTool> AptGetAsync(
        string[] arguments, string directory, CancellationToken cancellationToken) =>
        await ExternalTool.RunAsync(
            aptGet, ["-o", "DPkg::Lock::Timeout=120", .. arguments], directory, cancellationToken)
            .ConfigureAwait(false)
        ?? throw new DatasetException(
            Name,
            $"Debian's package {Package} is not installed, and neither is {aptGet}",
            $"use a Debian or Ubuntu system, {InsteadPassFolder}");
}
