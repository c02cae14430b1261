namespace SupSup.LocalCluster;

/// <summary>The blob service of Azurite, Microsoft's emulator of Azure Storage, on loopback. Its data survive a stop, but not a kill: it
/// keeps its index in memory for seconds.</summary>
/// <param name="folder">Folder of its data and its log.</param>
/// <param name="port">Its port.</param>
/// <param name="address">Another address of this machine for it to listen on.</param>
public sealed class AzuriteServer(string folder, int port, string address = LoopbackServer.Loopback)
    : LoopbackServer(folder, port, address)
{
    /// <summary>The account's name, the same for every Azurite.</summary>
    public const string AccountName = "devstoreaccount1";

    /// <summary>The account's key, which is public: Azurite's documentation has it.</summary>
    public const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    // The storage SDK speaks a newer version of the API than Azurite knows by name.
    private readonly string[] _options = ["--location", folder, "--skipApiVersionCheck", "--silent", "--disableTelemetry"];

    /// <inheritdoc/>
    public override string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName={AccountName};AccountKey={AccountKey};"
            + $"BlobEndpoint=http://{Address}:{Port}/{AccountName};";

    /// <summary>Starts one on a port that is free.</summary>
    /// <param name="folder">Folder of its data and its log.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LocalClusterException">It cannot be started.</exception>
    public static async Task<AzuriteServer> StartNewAsync(string folder, CancellationToken cancellationToken = default)
    {
        AzuriteServer server = new(folder, LoopbackPorts.Free(1)[0]);
        await server.StartAsync(cancellationToken);
        return server;
    }

    private protected override (string Name, string[] Command) Program => ("azurite",
        [Find("azurite-blob", "'npm install --global azurite', or name an account with --storage"),
            "--blobHost", Address, "--blobPort", $"{Port}", .. _options]);
}
