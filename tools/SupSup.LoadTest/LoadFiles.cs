using System.Text.Json;
using ScottPlot;
using SupSup.Cli.Demo;
using SupSup.Experiments.Files;

namespace SupSup.LoadTest;

/// <summary>The files that a load test leaves in its folder.</summary>
internal static class LoadFiles
{
    /// <summary>Writes results.json, phases.csv, loadtest.png and loadtest.svg.</summary>
    public static void Write(LoadReport report, IReadOnlyList<QuerySample> samples)
    {
        string In(string name) => Path.Combine(report.Out, name);
        AtomicFile.Write(In("results.json"), path => File.WriteAllText(path, JsonSerializer.Serialize(report, DemoFiles.Json)));
        AtomicFile.Write(In("phases.csv"), path => File.WriteAllLines(path,
        [
            "phase,start,seconds,tasksLearned,queries,queriesPerSecond,p50Ms,p90Ms,p99Ms,p999Ms,maxMs,taskInferenceAccuracy,retries,errors",
            .. report.Phases.Select(phase =>
                $"{phase.Name},{phase.Start},{phase.Seconds},{phase.TasksLearned},{phase.Queries},{phase.QueriesPerSecond:F2},"
                    + $"{phase.P50Ms},{phase.P90Ms},{phase.P99Ms},{phase.P999Ms},{phase.MaxMs},{phase.TaskInferenceAccuracy},"
                    + $"{phase.Retries},{phase.Errors}"),
        ]));
        Plot plot = LoadFigure.Draw(report, samples);
        AtomicFile.Write(In("loadtest.png"), path => LoadFigure.SavePng(plot, path));
        AtomicFile.Write(In("loadtest.svg"), path => LoadFigure.SaveSvg(plot, path));
    }
}
