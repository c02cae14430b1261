using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client.Tests.Asking;

public sealed class InputsTests
{
    private static readonly PixelNormalization Numbers = new() { Numbers = true, Means = [1, 10], Deviations = [2, 4] };

    [Fact]
    public void Given_rows_of_numbers_when_they_are_normalised_then_each_is_by_a_mean_and_deviation_of_its_own()
    {
        InputBatch inputs = Numbers.ApplyToNumbers([1, 10, 3, 2], rows: 2);
        Assert.Equal(2, inputs.Rows);
        Assert.Equal([0, 0, 1, -2], inputs.Values);
    }

    [Fact]
    public void Given_numbers_that_do_not_fit_when_they_are_normalised_then_it_is_told_what_would()
    {
        Expect("3 numbers are not 1 rows of 2; send [rows, inputs]", () => Numbers.ApplyToNumbers([1, 2, 3]));
        Expect("4 numbers are not 1 rows of 2; send [rows, inputs]", () => Numbers.ApplyToNumbers([1, 2, 3, 4]));
        Expect("the data are pixels, not rows of numbers; use Apply, which takes levels of 0 to 255",
            () => PixelNormalization.Grey(0.5f, 0.2f).ApplyToNumbers([1]));
        Expect("the data are rows of numbers, not pixels; send FP32 values, each (number - mean) / deviation",
            () => Numbers.Apply(new byte[2]));
    }

    [Theory]
    [InlineData(1, false, false, "size=28x32&grey")]
    [InlineData(3, true, true, "size=28x32&colour&fit=stretch&levels=even")]
    public void Given_a_format_of_pictures_when_its_options_are_asked_for_then_they_say_how_pictures_are_read(
        int channels, bool stretch, bool even, string options)
    {
        PixelNormalization normalization = new() { Means = [0.5f], Deviations = [0.2f], Even = even };
        InputFormat format = new() { Shape = [channels, 28, 32], Normalization = normalization, Stretch = stretch };
        Assert.Equal(options, format.PictureOptions);
        Assert.Equal("", new InputFormat { Shape = [2], Normalization = Numbers }.PictureOptions);
    }

    [Theory]
    [InlineData(TrainingState.Queued, 0, 0, 0)]
    [InlineData(TrainingState.Training, 30, 120, 0.25)]
    [InlineData(TrainingState.Trained, 0, 0, 1)]
    public void Given_a_moment_of_a_training_when_its_share_is_asked_for_then_it_ends_with_all(
        TrainingState state, int done, int batches, double share) =>
        Assert.Equal(share, new TrainingProgress { Task = 0, State = state, BatchesDone = done, Batches = batches }.Share);

    private static void Expect(string message, Action act)
    {
        SupSupException error = Assert.Throws<SupSupException>(act);
        Assert.Equal((SupSupError.InvalidRequest, message), (error.Error, error.Message));
    }
}
