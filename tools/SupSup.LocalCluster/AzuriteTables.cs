namespace SupSup.LocalCluster;

/// <summary>The table service of Azurite, Microsoft's emulator of Azure Storage, on loopback. Its data survive a stop, but not a
/// kill.</summary>
/// <param name="folder">Folder of its data and its log.</param>
/// <param name="port">Its port.</param>
public sealed class AzuriteTables(string folder, int port) : LoopbackServer(folder, port)
{
    // The storage SDK speaks a newer version of the API than Azurite knows by name.
    private readonly string[] _options = ["--location", folder, "--skipApiVersionCheck", "--silent", "--disableTelemetry"];

    /// <inheritdoc/>
    public override string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName={AzuriteServer.AccountName};AccountKey={AzuriteServer.AccountKey};"
            + $"TableEndpoint=http://127.0.0.1:{Port}/{AzuriteServer.AccountName};";

    private protected override (string Name, string[] Command) Program => ("azurite-table",
        [Find("azurite-table", "'npm install --global azurite'"), "--tableHost", "127.0.0.1", "--tablePort", $"{Port}", .. _options]);
}
