using System.Text.Json;
using ScottPlot;
using SupSup.Cli.Demo;
using SupSup.Experiments.Files;

namespace SupSup.LoadTest;

/// <summary>The files that a load test leaves in its folder.</summary>
internal static class LoadFiles
{
    /// <summary>Writes results.json, phases.csv, loadtest.png and loadtest.svg; of a soak memory.csv, .png and .svg, too.</summary>
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
        Save(plot, "loadtest");
        if (report.Soak is not { Memory: [{ Megabytes.Count: > 0 }, ..] memory } soak) return;
        AtomicFile.Write(In("memory.csv"), path => File.WriteAllLines(path,
        [
            $"seconds,{string.Join(',', memory[0].Megabytes.Select((_, silo) => $"silo{silo + 1}Mb"))}",
            .. memory.Select(sample => $"{sample.At},{string.Join(',', sample.Megabytes)}"),
        ]));
        Save(LoadFigure.DrawMemory(soak), "memory");

        void Save(Plot figure, string name)
        {
            AtomicFile.Write(In($"{name}.png"), path => LoadFigure.SavePng(figure, path));
            AtomicFile.Write(In($"{name}.svg"), path => LoadFigure.SaveSvg(figure, path));
        }
    }
}
