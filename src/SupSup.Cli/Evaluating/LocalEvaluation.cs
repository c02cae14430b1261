using System.Runtime.InteropServices;
using System.Text.Json;
using SupSup.Cli.Output;
using SupSup.Cli.Serving;
using SupSup.Core.Datasets;
using SupSup.Core.Tasks;
using SupSup.Data;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Cli.Evaluating;

/// <summary>Tests a task on data of this machine by a silo of another: only the rows of the test half are sent.</summary>
internal static class LocalEvaluation
{
    private const int BytesAtOnce = 4 << 20;
    private const int RowsAtOnce = 512;

    /// <summary>Runs it.</summary>
    /// <param name="service">The silo.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="spec">Its definition.</param>
    /// <param name="task">The task.</param>
    /// <param name="data">The data: a path of this machine.</param>
    /// <param name="datasets">Folder of named datasets.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="SupSupException">InvalidRequest: the data do not fit the model or the task.</exception>
    public static async Task<TaskAccuracy> RunAsync(
        Service service, string model, ModelSpec spec, TaskSummary task, TaskData data, string datasets,
        CancellationToken cancellationToken)
    {
        ProgressDisplay display = ProgressDisplay.ForStandardError();
        Dataset dataset = await new DatasetStore(datasets).OpenAsync(data.Dataset, display, cancellationToken);
        if (spec.InputFormat is { } format) dataset = format.Fit(dataset, $"model {model}");
        ClassificationTask examples = SupSupException.Checked(() => TaskFamilies.Get(data.Family).Make(dataset, data.Seed, data.Index));
        if (examples.Inputs != spec.Inputs)
            throw new SupSupException(
                SupSupError.InvalidRequest, $"the data have {examples.Inputs} inputs, but model {model} has {spec.Inputs}");
        int[] numbers = ClassNumbers.Of(examples, task.Names?.Classes ?? [], $"{model}/{task.Task}");
        int rows = Math.Clamp(BytesAtOnce / (sizeof(float) * spec.Inputs), 1, RowsAtOnce), correct = 0;
        await display.RunAsync("evaluating", examples.TestCount, async stage =>
        {
            for (int start = 0; start < examples.TestCount; start += rows)
            {
                (float[] inputs, int[] labels) = examples.Test(start, Math.Min(rows, examples.TestCount - start));
                int[] classes = await ClassesAsync(service, model, task.Task, inputs, labels.Length, cancellationToken);
                correct += labels.Zip(classes).Count(pair => numbers[pair.First] == pair.Second);
                stage.Advance(labels.Length);
            }
        });
        return new(correct, examples.TestCount, correct / (double)examples.TestCount, null);
    }

    // Rows as the network takes them, as bytes behind the JSON.
    private static async Task<int[]> ClassesAsync(
        Service service, string model, int task, float[] inputs, int rows, CancellationToken cancellationToken)
    {
        byte[] values = MemoryMarshal.AsBytes<float>(inputs).ToArray();
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(new
        {
            inputs = new[]
            {
                new
                {
                    name = "input",
                    datatype = "FP32",
                    shape = new[] { rows, inputs.Length / rows },
                    parameters = new { binary_data_size = values.Length },
                },
            },
            outputs = new[] { new { name = "class" } },
            parameters = new { task },
        });
        Answer answer = await service.InferAsync<Answer>(ServedModel.PathOf(model), json, values, cancellationToken);
        return answer.Outputs.Single().Data;
    }

    private sealed record Answer(IReadOnlyList<Output> Outputs);

    private sealed record Output(int[] Data);
}
