namespace SupSup.Grains.Inference;

/// <summary>The model was deleted, and another made under its name, since it was opened. Stays within a replica, which opens it
/// anew.</summary>
internal sealed class ModelReplacedException : Exception;
