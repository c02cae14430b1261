using Spectre.Console;
using SupSup.Cli.Hosting;

namespace SupSup.Cli.Demo;

/// <summary>The demo's outcome as a person reads it, on stdout.</summary>
internal static class DemoTable
{
    public static void Print(DemoReport report, IAnsiConsole console)
    {
        Table table = new() { Border = TableBorder.Simple };
        table.AddColumn(new TableColumn("task").RightAligned());
        foreach (string heading in new[] { "task given", "task inferred", "accuracy (GNu)", "bytes", "trained in" })
            table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (TaskResult task in report.PerTask)
        {
            table.AddRow(
                $"{task.Task}", $"{task.GivenTaskAccuracy:F4}", $"{task.TaskInferenceAccuracy:P3}", $"{task.Accuracy:F4}",
                $"{task.Bytes:N0}", $"{task.TrainSeconds:F1} s");
        }

        table.AddEmptyRow();
        table.AddRow(
            "all", $"{report.GivenTaskAccuracy:F4}", $"{report.TaskInferenceAccuracy:P3}", $"{report.Accuracy:F4}",
            $"{report.BytesPerTask * report.Tasks:N0}", $"{report.PerTask.Sum(task => task.TrainSeconds):F1} s");
        console.Write(table);

        // Not through the console, which would break long names at its width.
        TextWriter text = Console.Out;
        text.WriteLine("task given: class right under the task's own mask. task inferred: task right, each image alone.");
        text.WriteLine("accuracy (GNu), the paper's rule: task inferred from the first image of each batch of 128, wrong task scores 0.");
        text.WriteLine();
        string learned = report.ReusedTasks == report.Tasks
            ? $"all {report.Tasks} tasks reused"
            : $"{report.Tasks - report.ReusedTasks} tasks learned in {report.TrainSeconds:F1} "
                + $"s{(report.ReusedTasks > 0 ? $", {report.ReusedTasks} reused" : "")}";
        text.WriteLine(
            $"{learned}; {report.InferQueries:N0} images classified without their task in {report.InferSeconds:F1} s; "
                + $"{report.TotalSeconds:F1} s in all");
        text.WriteLine($"figure   {Path.Combine(report.Out, "accuracy.png")}");
        string store = report.Store == SupSupHome.Store ? "" : $" --store {report.Store}";
        text.WriteLine($"export   {SupSupHome.Command} models export {report.Model}{store} --out model.safetensors");
        text.WriteLine($"serve    {SupSupHome.Command} silo{store}");
        text.WriteLine($"your own {SupSupHome.Command} train MODEL TASK --data FOLDER{store}");
    }
}
