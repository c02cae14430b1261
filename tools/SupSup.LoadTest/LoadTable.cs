using Spectre.Console;

namespace SupSup.LoadTest;

/// <summary>The report as a person reads it, on stdout.</summary>
internal static class LoadTable
{
    public static void Print(LoadReport report, IAnsiConsole console)
    {
        Table table = new() { Border = TableBorder.Simple };
        table.AddColumn("phase");
        foreach (string heading in new[] { "seconds", "tasks", "tasks/s", "queries", "queries/s", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms",
            "max ms", "task right", "retries", "errors" })
            table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (LoadPhase phase in report.Phases)
        {
            table.AddRow(
                phase.Name, $"{phase.Seconds:F1}", $"{phase.TasksLearned}", $"{phase.TasksPerSecond:F2}", $"{phase.Queries}",
                $"{phase.QueriesPerSecond:F0}", $"{phase.P50Ms:F1}", $"{phase.P90Ms:F1}", $"{phase.P99Ms:F1}", $"{phase.P999Ms:F1}",
                $"{phase.MaxMs:F0}", $"{phase.TaskInferenceAccuracy:P2}", $"{phase.Retries}", $"{phase.Errors}");
        }

        // A pipe has no width to keep to.
        if (Console.IsOutputRedirected) console.Profile.Width = 240;
        console.Write(table);
        TextWriter text = Console.Out;
        foreach (LoadFault fault in report.Faults)
            text.WriteLine($"{fault.At,7:F1} s  {fault.What}"
                + (fault.RecoverySeconds is { } seconds ? $"; queries answered again after {seconds:F1} s" : ""));
        if (report.ColdStartSeconds is { } cold)
            text.WriteLine($"cold start with {report.AcknowledgedTasks} stored tasks: first "
                + $"right answer {cold:F1} s after the silos were started, {report.ColdAnswerSeconds:F1} s after they were ready");
        if (report.SiloMemoryMb.Count > 0)
            text.WriteLine($"memory per silo: {string.Join(", ", report.SiloMemoryMb.Select(megabytes => $"{megabytes:F0} MB"))}");
        if (report.Soak is { Growth: { } growth } soak)
            text.WriteLine($"soak: {soak.Rate:F0} queries a second, memory of a silo grew by {growth:P1} at most (5 % and more fail)");
        text.WriteLine(
            $"audit: {report.AcknowledgedTasks} of {report.Tasks} tasks acknowledged, {report.LostTasks} lost; {report.LostBatches} "
                + $"batches lost; {report.ChangedMasks} masks changed ({report.VerifiedMasks} trained again and compared bit for bit); "
                + $"{report.ChangedPredictions} predictions changed; {report.Errors} errors");
        foreach (string message in report.ErrorMessages) text.WriteLine($"  {message}");
        text.WriteLine($"masks {report.MasksDigest}");
        text.WriteLine($"figure {Path.Combine(report.Out, "loadtest.png")}");
    }
}
