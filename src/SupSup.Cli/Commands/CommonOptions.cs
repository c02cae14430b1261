using System.CommandLine;
using SupSup.Cli.Hosting;
using SupSup.Client;

namespace SupSup.Cli.Commands;

/// <summary>Options that several commands share.</summary>
internal sealed class CommonOptions
{
    public Option<string> Store { get; } =
        new("--store") { Description = "folder of models and masks (default: $SUPSUP_HOME/store, or ~/.supsup/store)", HelpName = "DIR" };

    public Option<string> Data { get; } =
        new("--data") { Description = "folder of datasets (default: $SUPSUP_HOME/data, or ~/.supsup/data)", HelpName = "DIR" };

    public Option<bool> Json { get; } = new("--json") { Description = "print exactly one JSON object on stdout" };

    public Option<bool> Verbose { get; } =
        new("--verbose") { Description = "print the silo's log, and the whole trace of an error, to stderr", Recursive = true };

    public Option<string?> Redis { get; } =
        new("--redis") { Description = "connection string of the Redis of a running cluster", HelpName = "ADDRESS" };

    public Option<string?> Gateway { get; } =
        new("--gateway") { Description = "gateway of a running cluster, in place of --redis", HelpName = "HOST:PORT" };

    public Option<string> ServiceId { get; } =
        new("--service-id") { Description = "service id of the cluster", HelpName = "ID", DefaultValueFactory = _ => "supsup" };

    public Option<string> ClusterId { get; } =
        new("--cluster-id") { Description = "cluster id", HelpName = "ID", DefaultValueFactory = _ => "supsup" };

    /// <summary>The running cluster that is named, or null.</summary>
    public SupSupClientOptions? Cluster(ParseResult result)
    {
        (string? redis, string? gateway) = (result.GetValue(Redis), result.GetValue(Gateway));
        if (redis is null && gateway is null) return null;
        SupSupClientOptions options =
            new() { ServiceId = result.GetValue(ServiceId)!, ClusterId = result.GetValue(ClusterId)!, Redis = redis };
        if (gateway is not null) options.Gateways.Add(gateway);
        return options;
    }

    public StoreOptions Read(ParseResult result) => new(
        Path.GetFullPath(result.GetValue(Store) ?? SupSupHome.Store), Path.GetFullPath(result.GetValue(Data) ?? SupSupHome.Data),
        result.GetValue(Verbose));
}
