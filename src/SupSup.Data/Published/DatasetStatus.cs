namespace SupSup.Data.Published;

/// <summary>The result of verifying one data set of the store.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is and where it comes from.</param>
/// <param name="State">Not fetched, ok, or damaged.</param>
/// <param name="Directory">The folder that holds its files, or will.</param>
/// <param name="File">The full path of the missing or damaged file; null unless there is one.</param>
/// <param name="Problem">One line that says what is wrong with that file; null unless there is one.</param>
public sealed record DatasetStatus(
    string Name, string Description, DatasetState State, string Directory, string? File = null, string? Problem = null);
