namespace SupSup.Client;

/// <summary>A gateway was lost, and with it perhaps the answer that was waited for.</summary>
internal sealed class ConnectionInterruptedException() : IOException("a connection to the cluster was lost");
