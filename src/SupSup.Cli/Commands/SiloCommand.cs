using System.CommandLine;
using System.Net;
using SupSup.Cli.Serving;
using SupSup.Silo;
using SupSup.Silo.Settings;

namespace SupSup.Cli.Commands;

/// <summary>`supsup silo`.</summary>
internal static class SiloCommand
{
    // What every start warns of, and what a failed one says in pages before the line on stderr.
    private static readonly string[] QuietUntilReady =
        ["Orleans.Runtime.Silo", "Microsoft.Extensions.Hosting", "Microsoft.AspNetCore.Hosting"];

    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common)
    {
        Option<bool> settings = new("--settings") { Description = "print every setting with its default, and exit" };
        DocumentedCommand command = new(
            "silo",
            "run a silo on the local store, with its web page at http://127.0.0.1:8080",
            """
            Serves the store's models, the demo's included: web page, REST and gRPC. Settings of the silo
            may follow; docs/operating.md lists them. It logs warnings and errors, with --verbose all.
            Ctrl-C stops it and loses nothing.
            """,
            "supsup silo",
            "supsup silo --Http:Port=9090 --Http:OpenApi=true",
            "supsup silo --Membership:Kind=redis --Membership:Redis=redis:6379 \\\n      --Storage:Kind=azure "
                + "--Storage:ServiceUri=https://account.blob.core.windows.net")
        { common.Store, common.Data, settings };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((result, cancellationToken) =>
        {
            if (result.GetValue(settings))
            {
                SiloProgram.PrintHelp();
                return Task.FromResult(0);
            }

            Hosting.StoreOptions store = common.Read(result);
            Dictionary<string, string?> defaults = new()
            {
                ["SupSup:Storage:Directory"] = store.Store,
                ["SupSup:Compute:DataFolder"] = store.Data,
                ["SupSup:Drain:Seconds"] = "0",
            };
            if (!store.Verbose)
                (defaults["Logging:LogLevel:Default"], defaults["Logging:LogLevel:Orleans.Runtime.Watchdog"]) = ("Warning", "Error");
            return ServeAsync(
                ready => SiloProgram.RunAsync(
                    [.. result.UnmatchedTokens], defaults, ready, store.Verbose ? [] : QuietUntilReady, cancellationToken));
        });
        return command;
    }

    // While it serves a local store, commands that would use the store find the silo.
    private static async Task<int> ServeAsync(Func<Action<SiloSettings>, Task<int>> run)
    {
        string? announced = null;
        try
        {
            return await run(settings =>
            {
                SayReady(settings);

                // A certificate is of a name, which is not known here: such a silo is named by --server.
                if (settings.Storage.Kind != StorageKind.Directory || settings.Http.Port == 0 || settings.Http.Tls.Certificate is not null)
                    return;
                ServingSilo.Announce(announced = settings.Storage.Directory, new Uri(Address(settings.Http)));
            });
        }
        finally
        {
            if (announced is not null) ServingSilo.Withdraw(announced);
        }
    }

    private static string Address(HttpSettings http)
    {
        IPAddress listened = http.Listened!;
        if (listened.Equals(IPAddress.Any) || listened.Equals(IPAddress.IPv6Any)) listened = IPAddress.Loopback; // which is one of them
        return $"{(http.Tls.Certificate is null ? "http" : "https")}://{new IPEndPoint(listened, http.Port)}";
    }

    private static void SayReady(SiloSettings settings)
    {
        HttpSettings http = settings.Http;
        string address = Address(http);
        string page = http.Port == 0 ? "no HTTP" : http.GrpcPort == 0 ? address : $"{address}, gRPC on port {http.GrpcPort}";
        string clients = settings.OpenGatewayPort == 0 ? "no .NET clients" : $".NET clients on port {settings.OpenGatewayPort}";
        Console.Out.WriteLine($"supsup silo is ready: {page}, {clients}; Ctrl-C stops it");
    }
}
