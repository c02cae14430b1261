// Streams tasks of its own to a SupSup cluster, then asks for the task and class of images that come without either.
//
//   StreamTasks --gateway 127.0.0.1:30000 --tasks 5 --batches 300 --data ~/.supsup/data/mnist
//
// Stop it at any time and start it again: it goes on where it stood.

using StreamTasks;
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
    // 1  Connect. Silos that are not up yet are waited for; those that are lost later are, too.
    SupSupClientOptions options = new() { Redis = arguments.Redis, ServiceId = arguments.ServiceId, ClusterId = arguments.ClusterId };
    options.Retry.OnRetry = notice => Console.Error.WriteLine(
        $"  {notice.Call}: {notice.Error.Message.Split('\n')[0]}; again in {notice.Delay.TotalSeconds:0.0} s");
    if (arguments.Gateway is { } gateway) options.Gateways.Add(gateway);
    await using SupSupConnection connection = await SupSupConnection.ConnectAsync(options, stop.Token);

    // 2  Create the model, or open it where it exists.
    Images train = Images.Read(arguments.Data, "train");
    ModelSpec spec = new() { Inputs = train.Pixels, Hidden = [300, 100], Outputs = 50, Classes = 10, Seed = 1 };
    SupSupModel model = await connection.Client.CreateAsync(arguments.Model, spec, stop.Token);

    // 3  Learn. The batches are read once, each when it is wanted; several are under way at once. The normalisation is
    // told, so that others can ask with pixels; here it is that of MNIST.
    PixelNormalization normalization = PixelNormalization.Grey(0.1307f, 0.3081f);
    TrainingOrder order = new() { Data = null, Recipe = "fast", Batches = arguments.Batches, Normalization = normalization };
    for (int task = 0; task < arguments.Tasks; task++)
    {
        PermutedTask permuted = new(task, train, normalization);
        int shown = -1;
        TaskSummary summary = await model.LearnAsync(
            task,
            order,
            batchesFrom: start => permuted.BatchesAsync(train, start, arguments.Batches),
            progress: position =>
            {
                if (position.Durable == shown) return;
                shown = position.Durable;
                Console.Error.WriteLine(
                    $"task {task}: {position.Trained} of {arguments.Batches} batches trained, {position.Durable} durable");
            },
            cancellationToken: stop.Token);
        Console.Error.WriteLine($"task {task}: learned, mask of {summary.Bytes} bytes, loss {summary.Loss:0.000}");
    }

    // 4  Ask. The images say neither which task they belong to nor what they show.
    Images test = Images.Read(arguments.Data, "t10k");
    int asked = 0, rightTask = 0, rightClass = 0;
    for (int task = 0; task < arguments.Tasks; task++)
    {
        PermutedTask permuted = new(task, test, normalization);
        int[] rows = [.. Enumerable.Range(0, arguments.Images)];
        Prediction[] predictions = await model.InferAsync(permuted.Inputs(test, rows), cancellationToken: stop.Token);
        for (int n = 0; n < rows.Length; n++)
        {
            asked++;
            if (predictions[n].Task == task) rightTask++;
            if (predictions[n].Task == task && predictions[n].Class == test.Labels[rows[n]]) rightClass++;
        }
    }

    Console.WriteLine(
        $"{arguments.Tasks} tasks, {asked} images of unknown task: task right {(double)rightTask / asked:P2}, task and class right "
            + $"{(double)rightClass / asked:P2}");
    return 0;
}
catch (Exception e) when (e is SupSupException or IOException or UnauthorizedAccessException or InvalidDataException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("stopped; start again to go on");
    return 1;
}
