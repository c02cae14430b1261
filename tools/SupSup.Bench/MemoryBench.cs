using System.Diagnostics;
using System.Globalization;
using SupSup.Client;
using SupSup.Grains.Interfaces.Models;
using SupSup.LocalCluster;

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
        int[] ports = LoopbackPorts.Free(2);
        ProcessStartInfo start =
            new(Path.Combine(AppContext.BaseDirectory, "SupSup.Silo")) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in new[] { ("Storage__Directory", store), ("Endpoints__SiloPort", $"{ports[0]}"),
            ("Endpoints__GatewayPort", $"{ports[1]}"), ("Http__Port", "0"), ("Drain__Seconds", "0"), ("Compute__DataFolder", data) })
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
            await using SupSupConnection connection = await SupSupConnection.ConnectAsync(ports[1], cancellationToken);
            SupSupModel model = await connection.Client.OpenAsync("bench", cancellationToken);
            float[] images = tasks.Images(64);
            for (int n = 0; n < 20; n++)
                await model.InferAsync(new InputBatch { Rows = 64, Values = images }, cancellationToken: cancellationToken);
            await Task.Delay(Settling, cancellationToken);
            return Resident(silo.Id);
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
}
