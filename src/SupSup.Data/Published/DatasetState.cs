namespace SupSup.Data.Published;

/// <summary>What the store holds of a data set.</summary>
public enum DatasetState
{
    /// <summary>A file is not there, and those that are there are good; opening the set fetches it.</summary>
    NotFetched,

    /// <summary>All files are there and as published.</summary>
    Ok,

    /// <summary>A file is not as published; it is left as it is until the user asks for a new one.</summary>
    Damaged,
}
