using Microsoft.Extensions.Time.Testing;
using SupSup.Grains.Board;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Tests.Board;

public sealed class TrainingBoardTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly TrainingBoard _board;

    public TrainingBoardTests() => _board = new TrainingBoard(_time);

    private int[] Shown => [.. _board.List().Select(report => report.Progress.Task)];

    [Fact]
    public void Given_reports_when_listed_then_the_last_of_each_task_is_shown_by_index_and_when_it_was_heard_of()
    {
        Take(5, TrainingState.Queued);
        Take(2, TrainingState.Training, 10);
        _time.Advance(TimeSpan.FromSeconds(1));
        Take(5, TrainingState.Training, 3);
        Assert.Equal([2, 5], Shown);
        Assert.Equal([10, 3], _board.List().Select(report => report.Progress.BatchesDone));
        Assert.Equal([_time.GetUtcNow().AddSeconds(-1), _time.GetUtcNow()], _board.List().Select(report => report.At));
    }

    [Fact]
    public void Given_a_training_that_is_not_heard_of_when_a_minute_has_passed_then_it_is_gone_and_comes_back_when_it_is()
    {
        Take(0, TrainingState.Training);
        Take(1, TrainingState.Queued);
        _time.Advance(TrainingBoard.SilentFor);
        Take(1, TrainingState.Queued);
        Assert.Equal([0, 1], Shown);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal([1], Shown);
        Take(0, TrainingState.Training);
        Assert.Equal([0, 1], Shown);
    }

    [Fact]
    public void Given_trainings_that_ended_when_minutes_have_passed_then_they_are_gone()
    {
        Take(0, TrainingState.Trained);
        _time.Advance(TrainingBoard.EndedFor);
        Take(1, TrainingState.Failed);
        Take(2, TrainingState.Cancelled);
        Assert.Equal([0, 1, 2], Shown);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal([1, 2], Shown);
        _time.Advance(TrainingBoard.EndedFor);
        Assert.Empty(Shown);
    }

    [Fact]
    public void Given_a_training_that_was_suspended_when_reported_then_it_is_not_shown()
    {
        Take(0, TrainingState.Training);
        Take(0, TrainingState.Untrained);
        Assert.Empty(Shown);
    }

    [Fact]
    public void Given_more_ended_trainings_than_are_kept_when_listed_then_the_latest_are_shown()
    {
        for (int task = 0; task < 5 * TrainingBoard.MostEnded; task++)
        {
            Take(task, TrainingState.Training);
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Take(task, TrainingState.Trained);
        }

        Assert.Equal(Enumerable.Range(4 * TrainingBoard.MostEnded, TrainingBoard.MostEnded), Shown);
    }

    [Fact]
    public void Given_more_trainings_than_are_kept_when_reported_then_those_beyond_wait_and_those_known_stay_up_to_date()
    {
        for (int task = 0; task < TrainingBoard.MostUnderWay + 10; task++) Take(task, TrainingState.Queued);
        Assert.Equal(Enumerable.Range(0, TrainingBoard.MostUnderWay), Shown);
        Take(0, TrainingState.Training, 7);
        Assert.Equal(7, _board.List()[0].Progress.BatchesDone);
        Take(0, TrainingState.Trained);
        Take(TrainingBoard.MostUnderWay, TrainingState.Queued);
        Assert.Equal(TrainingBoard.MostUnderWay + 1, Shown.Length);
    }

    private void Take(int task, TrainingState state, int done = 0) =>
        _board.Take(
            new TrainingReport { Progress = new TrainingProgress { Task = task, State = state, BatchesDone = done, Batches = 100 } });
}
