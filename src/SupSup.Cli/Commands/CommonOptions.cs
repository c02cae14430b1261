using System.CommandLine;
using SupSup.Cli.Hosting;
using SupSup.Cli.Serving;
using SupSup.Client;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Cli.Commands;

/// <summary>Options that several commands share.</summary>
internal sealed class CommonOptions
{
    public Option<string> Store { get; } =
        new("--store") { Description = "folder of models and masks (default: $SUPSUP_HOME/store, or ~/.supsup/store)", HelpName = "DIR" };

    public Option<string> Data { get; } =
        new("--data") { Description = "folder of datasets (default: $SUPSUP_HOME/data, or ~/.supsup/data)", HelpName = "DIR" };

    public Option<string?> Server { get; } = new("--server")
    {
        Description = "address of a silo; without it the silo that serves the store of this machine, or the store itself",
        HelpName = "URL",
    };

    public Option<string?> Key { get; } =
        new("--key") { Description = $"API key or token for --server (default: ${Service.KeyVariable})", HelpName = "KEY" };

    public Option<bool> Json { get; } = new("--json") { Description = "print exactly one JSON object on stdout" };

    public Option<bool> Verbose { get; } =
        new("--verbose") { Description = "print the silo's log, and the whole trace of an error, to stderr", Recursive = true };

    public Option<string?> Redis { get; } =
        new("--redis") { Description = "connection string of the Redis of a running cluster", HelpName = "ADDRESS" };

    public Option<string?> AzureTables { get; } =
        new("--azure-tables")
        {
            Description = "connection string, or address, of the tables with a running cluster's membership, in place of --redis",
            HelpName = "STRING",
        };

    public Option<string?> Gateway { get; } =
        new("--gateway") { Description = "gateway of a running cluster, in place of --redis", HelpName = "HOST:PORT" };

    public Option<string?> TlsAuthority { get; } =
        new("--tls-authority") { Description = "root certificates of the silos, PEM, where their ports have TLS", HelpName = "FILE" };

    public Option<string?> TlsCertificate { get; } =
        new("--tls-certificate") { Description = "certificate to show to silos, PEM with its chain, or PFX", HelpName = "FILE" };

    public Option<string?> TlsKey { get; } = new("--tls-key") { Description = "private key of it, for PEM", HelpName = "FILE" };

    public Option<string> ServiceId { get; } =
        new("--service-id") { Description = "service id of the cluster", HelpName = "ID", DefaultValueFactory = _ => "supsup" };

    public Option<string> ClusterId { get; } =
        new("--cluster-id") { Description = "cluster id", HelpName = "ID", DefaultValueFactory = _ => "supsup" };

    /// <summary>The running cluster that is named, or null.</summary>
    public SupSupClientOptions? Cluster(ParseResult result)
    {
        (string? redis, string? tables, string? gateway) =
            (result.GetValue(Redis), result.GetValue(AzureTables), result.GetValue(Gateway));
        if (redis is null && tables is null && gateway is null) return null;
        SupSupClientOptions options = new()
        {
            ServiceId = result.GetValue(ServiceId)!,
            ClusterId = result.GetValue(ClusterId)!,
            Redis = redis,
            AzureTables = tables,
            Tls = Tls(result),
        };
        if (gateway is not null) options.Gateways.Add(gateway);
        return options;
    }

    private ClientTls? Tls(ParseResult result) => (result.GetValue(TlsAuthority), result.GetValue(TlsCertificate)) switch
    {
        (null, null) => null,
        ({ } authority, { } certificate) => new() { Authority = authority, Certificate = certificate, Key = result.GetValue(TlsKey) },
        _ => throw new SupSupException(
            SupSupError.InvalidRequest,
            "--tls-authority and --tls-certificate belong together: both ends of a connection show a certificate"),
    };

    /// <summary>Adds the options of commands that talk to a service.</summary>
    public void AddService(Command command)
    {
        foreach (Option option in (Option[])[Server, Key, Store, Json]) command.Options.Add(option);
    }

    /// <summary>Completes a command on a service that is there, which it opens.</summary>
    public DocumentedCommand OnService(DocumentedCommand command, Func<Service, ParseResult, CancellationToken, Task<int>> run)
    {
        AddService(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            await using Service service = await Service.OpenAsync(ReadService(result), create: false, cancellationToken);
            return await run(service, result, cancellationToken);
        });
        return command;
    }

    /// <summary>The service that is named.</summary>
    /// <exception cref="SupSupException">InvalidRequest: the address is none.</exception>
    public ServiceOptions ReadService(ParseResult result)
    {
        string? server = result.GetValue(Server);
        Uri? address = null;
        if (server is not null && (!Uri.TryCreate(server.Contains("://", StringComparison.Ordinal) ? server : $"http://{server}",
            UriKind.Absolute, out address) || address.Scheme is not ("http" or "https")))
            throw new SupSupException(
                SupSupError.InvalidRequest, $"--server '{server}' is no address; use one such as http://127.0.0.1:8080");
        string? key = result.GetValue(Key) ?? Environment.GetEnvironmentVariable(Service.KeyVariable);
        return new(address, key, new StoreOptions(
            Path.GetFullPath(result.GetValue(Store) ?? SupSupHome.Store), SupSupHome.Data, result.GetValue(Verbose)));
    }

    public StoreOptions Read(ParseResult result) => new(
        Path.GetFullPath(result.GetValue(Store) ?? SupSupHome.Store), Path.GetFullPath(result.GetValue(Data) ?? SupSupHome.Data),
        result.GetValue(Verbose));
}
