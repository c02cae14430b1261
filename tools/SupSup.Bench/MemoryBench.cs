using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SupSup.Client;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Bench;

/// <summary>Resident memory of silo processes: one whose store has all masks, and one whose store has one.</summary>
internal static class MemoryBench
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    /// <summary>Measures.</summary>
    /// <param name="tasks">For images to ask about.</param>
    /// <param name="one">A store with one mask.</param>
    /// <param name="all">A store with all.</param>
    /// <param name="data">Folder of datasets.</param>
    /// <param name="report">Receives the figure.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task RunAsync(
        BenchTasks tasks, string one, string all, string data, BenchReport report, CancellationToken cancellationToken)
    {
        double idle = await MeasureAsync(tasks, one, data, cancellationToken);
        double full = await MeasureAsync(tasks, all, data, cancellationToken);
        report.Note("idleSiloMemoryMb", idle);
        report.Note("fullSiloMemoryMb", full);
        report.AtMost("siloMemoryMb", $"memory of a silo that holds {OneShotBench.Tasks} masks beyond one that holds one, MB", full - idle,
            130, 105, $"{full:F0} MB - {idle:F0} MB resident");
    }

    // Both silos have answered the same queries, so that both have loaded and compiled the same code.
    private static async Task<double> MeasureAsync(BenchTasks tasks, string store, string data, CancellationToken cancellationToken)
    {
        int gateway = FreePort();
        ProcessStartInfo start =
            new(Path.Combine(AppContext.BaseDirectory, "SupSup.Silo")) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in new[] { ("Storage__Directory", store), ("Endpoints__SiloPort", $"{FreePort()}"),
            ("Endpoints__GatewayPort", $"{gateway}"), ("Http__Port", "0"), ("Drain__Seconds", "0"), ("Compute__DataFolder", data) })
            start.Environment[$"SupSup__{name}"] = value;
        using Process silo = Process.Start(start) ?? throw new IOException($"{start.FileName} could not be started");
        try
        {
            _ = silo.StandardError.ReadToEndAsync(cancellationToken);
            while (await silo.StandardOutput.ReadLineAsync(cancellationToken) is { } line
                && !line.Contains("Application started", StringComparison.Ordinal))
            {
            }

            if (silo.HasExited) throw new IOException($"a silo on {store} ended with code {silo.ExitCode} before it was ready");
            _ = silo.StandardOutput.ReadToEndAsync(cancellationToken);
            HostApplicationBuilder builder =
                Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
            builder.UseOrleansClient(client => client.UseLocalhostClustering(gateway, "supsup", "supsup"));
            using IHost host = builder.Build();
            await host.StartAsync(cancellationToken);
            SupSupModel model = await new SupSupClient(host.Services.GetRequiredService<IClusterClient>()).OpenAsync(
                "bench", cancellationToken);
            float[] images = tasks.Images(64);
            for (int n = 0; n < 20; n++)
                await model.InferAsync(new InputBatch { Rows = 64, Values = images }, cancellationToken: cancellationToken);
            await Task.Delay(Settling, cancellationToken);
            double resident = Resident(silo.Id);
            await host.StopAsync(cancellationToken);
            return resident;
        }
        finally
        {
            using (Process terminate = Process.Start("kill", ["-TERM", $"{silo.Id}"]))
                await terminate.WaitForExitAsync(CancellationToken.None);
            await silo.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static double Resident(int process) =>
        double.Parse(File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS", StringComparison.Ordinal)).Split(
            ':', 'k')[1], CultureInfo.InvariantCulture) / 1024;

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
