using SupSup.Core.Datasets;
using SupSup.Core.Random;
using SupSup.Core.Tasks;

namespace SupSup.Core.Tests.Tasks;

public sealed class ShuffledFamilyTests
{
    // The published splits of SplitCIFAR100: the fine labels of the 20 tasks, five each.
    public static TheoryData<ulong, string> Splits => new()
    {
        {
            0,
            """
            26 86 2 55 75 93 16 73 54 95 53 92 78 13 7 30 22 24 33 8 43 62 3 71 45
            48 6 99 82 76 60 80 90 68 51 27 18 56 63 74 1 61 42 41 4 15 17 40 38 5
            91 59 0 34 28 50 11 35 23 52 10 31 66 57 79 85 32 84 14 89 19 29 49 97 98
            69 20 94 72 77 25 37 81 46 39 65 58 12 88 70 87 36 21 83 9 96 67 64 47 44
            """
        },
        {
            1,
            """
            80 84 33 81 93 17 36 82 69 65 92 39 56 52 51 32 31 44 78 10 2 73 97 62 19
            35 94 27 46 38 67 99 54 95 88 40 48 59 23 34 86 53 77 15 83 41 45 91 26 98
            43 55 24 4 58 49 21 87 3 74 30 66 70 42 47 89 8 60 0 90 57 22 61 63 7
            96 13 68 85 14 29 28 11 18 20 50 25 6 71 76 1 16 64 79 5 75 9 72 12 37
            """
        },
        {
            2,
            """
            83 30 56 24 16 23 2 27 28 13 99 92 76 14 0 21 3 29 61 79 35 11 84 44 73
            5 25 77 74 62 65 1 18 48 36 78 6 89 91 10 12 53 87 54 95 32 19 26 60 55
            9 96 17 59 57 41 64 45 97 8 71 94 90 98 86 80 50 52 66 88 70 46 68 69 81
            58 33 38 51 42 4 67 39 37 20 31 63 47 85 93 49 34 7 75 82 43 22 72 15 40
            """
        },
        {
            3,
            """
            93 67 6 64 96 83 98 42 25 15 77 9 71 97 34 75 82 23 59 45 73 12 8 4 79
            86 17 65 47 50 30 5 13 31 88 11 58 85 32 40 16 27 35 36 92 90 78 76 68 46
            53 70 80 61 18 91 57 95 54 55 28 52 84 89 49 87 37 48 33 43 7 62 99 29 69
            51 1 60 63 2 66 22 81 26 14 39 44 20 38 94 10 41 74 19 21 0 72 56 3 24
            """
        },
        {
            4,
            """
            20 10 96 16 63 24 53 97 41 47 43 2 95 26 13 37 14 29 35 54 80 4 81 76 85
            60 5 70 71 19 65 62 27 75 61 78 18 88 7 39 6 77 11 59 22 94 23 12 92 25
            83 48 17 68 31 34 15 51 86 82 28 64 67 33 45 42 40 32 91 74 49 8 30 99 66
            56 84 73 79 21 89 0 3 52 38 44 93 36 57 90 98 58 9 50 72 87 1 69 55 46
            """
        },
    };

    [Theory]
    [MemberData(nameof(Splits))]
    public void Given_a_hundred_classes_when_tasks_of_five_are_made_then_they_are_those_of_the_published_split(ulong seed, string split)
    {
        int[][] published = [.. split.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).Chunk(5)];
        Dataset dataset = SmallImages.Make(classes: 100, train: 200, test: 100);
        ITaskFamily family = TaskFamilies.Get("shuffled:5");

        Assert.Equal(20, family.Tasks(dataset));
        foreach ((int index, int[] classes) in published.Index())
        {
            ClassificationTask task = family.Make(dataset, seed, index);
            Assert.Equal(5, task.Classes);
            Assert.Equal(Enumerable.Range(0, 5), classes.Select(task.ClassOf));
            Assert.Equal((10, 5), (task.TrainCount, task.TestCount));
            Assert.All(
                Enumerable.Range(0, 10), n => Assert.Equal(classes[task.TrainLabel(n)], dataset.Train.Labels[task.TrainImage(n)]));
        }
    }

    [Fact]
    public void Given_a_thousand_classes_when_drawn_by_seed_1_then_the_order_is_that_of_SplitImageNet()
    {
        int[] order = new MersenneTwister(1).NextPermutation(1000);

        Assert.Equal([507, 818, 452, 368, 242, 929, 262, 810, 318, 49, 446, 142, 968, 345, 971, 133, 104, 6, 600, 496], order[..20]);
        Assert.Equal([767, 72, 908, 235, 37], order[^5..]);
        Assert.Equal(Enumerable.Range(0, 1000), order.Order());
    }

    // The 10,000th number of seed 5489 is the one that the standard of C++ asks for (29.5.5, mt19937).
    [Theory]
    [InlineData(5489, 1, 3499211612)]
    [InlineData(5489, 10_000, 4123659995)]
    [InlineData(uint.MaxValue, 3, 3918654476)]
    public void Given_a_seed_when_numbers_are_drawn_then_they_are_those_of_MT19937(uint seed, int count, uint expected)
    {
        MersenneTwister twister = new(seed);
        uint last = 0;

        for (int n = 0; n < count; n++) last = twister.NextUInt32();

        Assert.Equal(expected, last);
    }

    [Fact]
    public void Given_a_seed_that_numpy_does_not_take_when_a_task_is_made_then_the_error_says_so()
    {
        var error = Assert.Throws<ArgumentException>(() => TaskFamilies.Get("shuffled:2").Make(SmallImages.Make(), 1UL << 32, 0));

        Assert.Contains("by seeds up to 4294967295, not 4294967296", error.Message, StringComparison.Ordinal);
    }
}
