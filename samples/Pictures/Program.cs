// Learns folders of pictures, each as a task of its own, then tells task and class of pictures that come without either.
//
//   Pictures draw /tmp/drawings
//   Pictures learn /tmp/drawings/shapes /tmp/drawings/letters
//   Pictures ask /tmp/drawings/new/*.png

using Pictures;
using SupSup.Client;
using SupSup.Grains.Interfaces.Models;

if (Arguments.Parse(args) is not { } arguments) return 2;
using CancellationTokenSource stop = new();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

try
{
    if (arguments.Command == "draw")
    {
        Drawings.Draw(arguments.Paths[0]);
        return 0;
    }

    SupSupClientOptions options = new();
    if (arguments.Gateway is { } gateway) options.Gateways.Add(gateway);
    await using SupSupConnection connection = await SupSupConnection.ConnectAsync(options, stop.Token);
    PictureModel model = await PictureModel.CreateAsync(connection.Client, arguments.Model, stop.Token);
    await (arguments.Command == "learn" ? LearnAsync(model) : AskAsync(model));
    return 0;
}
catch (Exception e) when (e is SupSupException or IOException or UnauthorizedAccessException or InvalidDataException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("stopped; the silo goes on with what was ordered, and the same command waits for it");
    return 1;
}

async Task LearnAsync(PictureModel model)
{
    foreach (string folder in arguments.Paths)
    {
        TaskSummary learned = await model.LearnAsync(
            folder, progress => Console.Error.WriteLine($"{folder}: {100 * progress.Share:0} %"), stop.Token);
        Evaluation held = await model.EvaluateAsync(learned.Task, stop.Token);
        Console.WriteLine(FormattableString.Invariant($"{learned.Names!.Task}: {string.Join(", ", learned.Names.Classes)} learned in ")
            + FormattableString.Invariant($"{learned.TrainSeconds:0.0} s, {100 * held.Accuracy:0.0} % of {held.Rows} others right"));
    }
}

async Task AskAsync(PictureModel model)
{
    Prediction[] answers = await model.AskAsync(arguments.Paths, arguments.UnknownRate, stop.Token);
    foreach ((string file, Prediction answer) in arguments.Paths.Zip(answers))
    {
        string likely = FormattableString.Invariant($"{answer.TaskName}, {answer.ClassName} ({100 * answer.Probability:0.0} %)");
        Console.WriteLine($"{file}: {(answer.IsUnknown ? $"unknown; if anything, {likely}" : likely)}");
    }
}
