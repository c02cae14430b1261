using SupSup.Core.Random;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Streams;

/// <summary>Streams of real tasks, one task per segment, whose batches do not say so.</summary>
internal static class TaskStreams
{
    public const int Segment = 30;

    public static StreamSpec Spec { get; } = new() { SegmentBatches = Segment, Batches = 2 * Segment };

    /// <summary>The batches of a stream; the n-th segment of a task goes on in the task's data where the last one ended.</summary>
    /// <param name="tasks">The task of each segment.</param>
    public static async Task<LabelledBatch[]> MakeAsync(params int[] tasks)
    {
        Dictionary<int, (ClassificationTask Data, BatchOrder Order)> known = [];
        List<LabelledBatch> batches = [];
        foreach (int index in tasks)
        {
            if (!known.TryGetValue(index, out (ClassificationTask Data, BatchOrder Order) task))
            {
                ClassificationTask data = await RealData.TaskAsync(index);
                known[index] = task = (data, new BatchOrder(data.TrainCount, TaskSeed.Derive(RealData.Spec.Seed, index)));
            }

            for (int n = 0; n < Segment; n++)
            {
                int[] indices = new int[128];
                task.Order.Next(indices);
                LabelledBatch batch =
                    new() { Inputs = new InputBatch { Rows = 128, Values = new float[128 * 784] }, Labels = new int[128] };
                task.Data.FillTrain(indices, batch.Inputs.Values, batch.Labels);
                batches.Add(batch);
            }
        }

        return [.. batches];
    }

    /// <summary>Submits a stream from where it stands, one batch after another.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="batches">All its batches.</param>
    /// <param name="until">Number of the first that is not submitted.</param>
    public static async Task<StreamAnswer> SubmitAsync(IStreamGrain stream, LabelledBatch[] batches, int until)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        StreamAnswer answer = (await stream.DescribeAsync(stop)).Position;
        while (answer.Next < until)
        {
            long number = answer.Next;
            answer = await stream.SubmitAsync(number, batches[number], stop);
            Assert.InRange(answer.Durable, 0, answer.Next);
        }

        return answer;
    }
}
