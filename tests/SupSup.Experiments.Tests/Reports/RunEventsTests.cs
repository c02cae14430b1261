using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;
using SupSup.Experiments.Reports.Events;
using Event = Tensorboard.Event;

namespace SupSup.Experiments.Tests.Reports;

public sealed class RunEventsTests : IDisposable
{
    private readonly SampleRun _sample = new();

    public void Dispose() => _sample.Dispose();

    [Fact]
    public void Given_the_reader_when_it_sums_the_check_text_then_it_is_the_catalogued_value() =>
        Assert.Equal(0xe3069283, EventReader.Crc32C("123456789"u8));

    [Fact]
    public void Given_a_run_when_written_twice_then_an_independent_reader_finds_each_scalar_once()
    {
        (RunFolder folder, ExperimentResult result) = _sample.Finish(new ExperimentConfig { Name = "x", Tasks = 6, Checkpoints = [2, 4] });
        RunEvents.Write(folder, result);
        RunEvents.Write(folder, result);

        IReadOnlyList<Event> events = EventReader.Read(Assert.Single(Directory.GetFiles(folder.Path, "*tfevents*")));
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.Equal([2, 4, 6], events.Skip(1).Select(at => at.Step));
        Assert.Equal(3, events[2].WallTime - events[1].WallTime, 3);
        foreach ((CheckpointResult at, Event found) in result.Checkpoints.Zip(events.Skip(1)))
        {
            Dictionary<string, float> scalars = found.Summary.Value.ToDictionary(value => value.Tag, value => value.SimpleValue);
            Assert.Equal((float)at.Accuracy, scalars["accuracy/average"]);
            Assert.Equal((float)at.GivenTaskAccuracy, scalars["accuracy/task_given"]);
            Assert.Equal((float)at.TaskInferenceAccuracy, scalars["task_inference/batch"]);
            Assert.Equal(at.TasksLearned, scalars["masks"]);
            Assert.Equal(at.Bytes, scalars["bytes"]);
            foreach (TaskScore task in at.Tasks) Assert.Equal((float)task.Accuracy, scalars[$"accuracy/task_{task.Task:D4}"]);
        }

        Dictionary<string, float> last = events[^1].Summary.Value.ToDictionary(value => value.Tag, value => value.SimpleValue);
        Assert.Equal((float)result.Forgetting, last["forgetting"]);
        Assert.Equal((float)result.BackwardTransfer, last["backward_transfer"]);
        Assert.Equal((float)result.TaskInferenceAccuracy, last["task_inference/single_image"]);
    }

    [Fact]
    public void Given_many_tasks_and_the_task_given_when_written_then_there_is_no_curve_per_task_and_no_NaN()
    {
        (RunFolder folder, ExperimentResult result) =
            _sample.Finish(new ExperimentConfig { Name = "x", Tasks = 51, Method = "psp", Scenario = Scenario.GG });
        RunEvents.Write(folder, result);
        string[] tags = [.. EventReader.Read(folder.File(RunEvents.Name)).Where(at => at.Summary is not null)
            .SelectMany(at => at.Summary.Value).Select(value => value.Tag).Distinct()];
        Assert.Equal(["accuracy/average", "accuracy/task_given", "forgetting", "backward_transfer", "bytes"], tags);
    }
}
