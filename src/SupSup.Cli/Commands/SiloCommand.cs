using System.CommandLine;
using SupSup.Silo;

namespace SupSup.Cli.Commands;

/// <summary>`supsup silo`.</summary>
internal static class SiloCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common)
    {
        Option<bool> settings = new("--settings") { Description = "print every setting with its default, and exit" };
        DocumentedCommand command = new(
            "silo",
            "run a silo on the local store, with its web page at http://127.0.0.1:8080",
            "Serves the store's models, the demo's included: web page, REST and gRPC. Settings of the silo "
            + "may follow; docs/operating.md lists them. Ctrl-C stops it and loses nothing.",
            "supsup silo",
            "supsup silo --Http:Port=9090 --Http:OpenApi=true",
            "supsup silo --Membership:Kind=redis --Membership:Redis=redis:6379 --Storage:Kind=azure --Storage:ServiceUri=https://account.blob.core.windows.net")
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
            return SiloProgram.RunAsync(
                [.. result.UnmatchedTokens],
                new Dictionary<string, string?> { ["SupSup:Storage:Directory"] = store.Store, ["SupSup:Compute:DataFolder"] = store.Data, ["SupSup:Drain:Seconds"] = "0" },
                cancellationToken);
        });
        return command;
    }
}
