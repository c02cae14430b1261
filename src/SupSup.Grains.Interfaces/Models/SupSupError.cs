namespace SupSup.Grains.Interfaces.Models;

/// <summary>What kind of trouble a <see cref="SupSupException"/> reports.</summary>
public enum SupSupError
{
    /// <summary>The request is invalid; the caller must change it.</summary>
    InvalidRequest,

    /// <summary>The named model or task does not exist.</summary>
    NotFound,

    /// <summary>What exists differs from what was asked for under the same name.</summary>
    Conflict,

    /// <summary>Stored data are damaged or missing.</summary>
    Damaged,

    /// <summary>The store, the dataset or the device failed.</summary>
    Unavailable,
}
