namespace SupSup.LocalCluster;

/// <summary>A process of a local cluster cannot be started; one line with the reason and the remedy.</summary>
/// <param name="message">The line.</param>
public sealed class LocalClusterException(string message) : IOException(message);
