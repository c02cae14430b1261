using System.Text.Json;
using System.Text.Json.Serialization;
using SupSup.Experiments.Files;

namespace SupSup.Cli.Demo;

/// <summary>The files that the demo leaves in its folder.</summary>
internal static class DemoFiles
{
    /// <summary>How reports are written: camel case, numbers as they are; what is no number by its name.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // quantiles that are not known are NaN
    };

    /// <summary>Writes results.csv, results.json, accuracy.png and accuracy.svg.</summary>
    public static void Write(DemoReport report)
    {
        string In(string name) => Path.Combine(report.Out, name);
        AtomicFile.Write(In("results.json"), path => File.WriteAllText(path, JsonSerializer.Serialize(report, Json)));
        AtomicFile.Write(In("results.csv"), path => File.WriteAllLines(path,
        [
            "task,givenTaskAccuracy,taskInferenceAccuracy,accuracy,imageAccuracy,images,bytes,trainSeconds",
            .. report.PerTask.Select(task =>
                $"{task.Task},{task.GivenTaskAccuracy},{task.TaskInferenceAccuracy},{task.Accuracy},{task.ImageAccuracy},{task.Images},"
                    + $"{task.Bytes},{task.TrainSeconds:F3}"),
        ]));
        AtomicFile.Write(In("accuracy.png"), path => AccuracyFigure.SavePng(report, path));
        AtomicFile.Write(In("accuracy.svg"), path => AccuracyFigure.SaveSvg(report, path));
    }
}
