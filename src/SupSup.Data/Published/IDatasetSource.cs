using SupSup.Core.Datasets;
using SupSup.Core.Naming;

namespace SupSup.Data.Published;

/// <summary>
/// A published data set and the way to get it. A new data set is one such class, registered in
/// <see cref="DatasetStore.BuiltIn"/>. Its name is in lower case and fit to be a folder's.
/// </summary>
public interface IDatasetSource : INamed
{
    /// <summary>One line for lists: what it is and where it comes from.</summary>
    string Description { get; }

    /// <summary>Number of classes; every label is below it.</summary>
    int Classes { get; }

    /// <summary>How its pixels are scaled.</summary>
    Normalization Normalization { get; }

    /// <summary>The files, as one of the formats of <see cref="DatasetFiles"/> reads them from a folder, and their checksums.</summary>
    IReadOnlyList<DatasetFile> Files { get; }

    /// <summary>
    /// Gets the data set and leaves exactly <see cref="Files"/> in a folder. The caller checks the checksums and moves
    /// the folder into place.
    /// </summary>
    /// <param name="directory">An existing, empty folder that nobody else uses.</param>
    /// <param name="archive">The archive that has it, where the user has got that by other means; null to fetch it.</param>
    /// <param name="progress">Told what is being done, a line at a time.</param>
    /// <param name="cancellationToken">Stops the fetch; the folder may then be left half full.</param>
    /// <exception cref="DatasetException">The data set cannot be had here; says what to do instead.</exception>
    /// <exception cref="OperationCanceledException">The fetch was cancelled.</exception>
    Task FetchAsync(string directory, string? archive, IProgress<string>? progress, CancellationToken cancellationToken);
}
