using SupSup.Core.Datasets;
using SupSup.Core.Tests.Datasets;

namespace SupSup.Data.Tests.Formats;

public sealed class CsvFormatTests : IDisposable
{
    private const string People =
        """"
        age,job,income
        30,"clerk, ""old""",low
        40,smith,high
        50, smith ,high
        60,clerk,low

        """";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(21, 40, true)]
    [InlineData(20, 39, false)]
    [InlineData(21, 42, false)]
    public void Given_a_column_of_texts_when_most_rows_have_one_of_their_own_then_a_remark_says_how_to_leave_it_out(
        int texts, int rows, bool isTold)
    {
        File.WriteAllLines(_folder["train.csv"],
            ["name,age,label", .. Enumerable.Range(0, rows).Select(n => $"name {Math.Min(n, texts - 1)},{n},{n % 2}")]);
        File.WriteAllLines(_folder["test.csv"], ["name,age,label", "name 0,1,0"]);

        Assert.Equal(
            isTold
                ? [$"{_folder["train.csv"]}: column 'name' has {texts} different texts in {rows} rows, each becomes an input; "
                    + "leave it out by '?drop=name'"]
                : [],
            DatasetFiles.Open(_folder.Path).Remarks);
        Assert.Empty(DatasetFiles.Open($"{_folder.Path}?drop=name").Remarks);
    }

    [Theory]
    [InlineData("csv", ",", false)]
    [InlineData("csv", ";", true)]
    [InlineData("tsv", "\t", true)]
    public void Given_two_tables_when_opened_then_numbers_are_numbers_and_texts_one_input_for_each(
        string ending, string separator, bool gzip)
    {
        void Write(string name, string text)
        {
            byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text.Replace(",", separator, StringComparison.Ordinal));
            File.WriteAllBytes(_folder[$"{name}.{ending}{(gzip ? ".gz" : "")}"], gzip ? SmallData.Gzip(bytes) : bytes);
        }

        Write("train", "age,job,income\n30,clerk,low\n40.5,smith,high\n-1e1,clerk,low\n");
        Write("test", "income,age,job\nhigh,7,smith\nlow,8,baker\n");

        Dataset data = DatasetFiles.Open($"{_folder.Path}?label=income");

        Assert.Equal(new ExampleShape.Vector(3), data.Shape);
        Assert.Equal(["age", "job=clerk", "job=smith"], data.FeatureNames!);
        Assert.Equal(["high", "low"], data.ClassNames!);
        Assert.Equal([30, 1, 0, 40.5f, 0, 1, -10, 1, 0], data.Train.Values);
        Assert.Equal([1, 0, 1], data.Train.Labels);
        Assert.Equal([7, 0, 1, 8, 0, 0], data.Test.Values);
        Assert.Equal([0, 1], data.Test.Labels);
    }

    [Fact]
    public void Given_one_table_with_quotes_and_spaces_when_opened_then_values_are_what_they_stand_for_and_a_test_half_is_drawn()
    {
        File.WriteAllText(_folder["people.csv"], People);

        Dataset data = DatasetFiles.Open($"{_folder["people.csv"]}?label=income&split=0.5");

        Assert.Equal(["age", "job=clerk", "job=clerk, \"old\"", "job=smith"], data.FeatureNames!);
        Assert.Equal((2, 2), (data.Train.Count, data.Test.Count));
        Assert.Equal([0, 1], data.Test.Labels.Order());
        Assert.Contains("2 of 4 examples (0.5 of each class) are kept for testing", Assert.Single(data.Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void Given_whole_numbers_as_labels_when_opened_then_classes_are_in_their_order_without_gaps()
    {
        File.WriteAllText(_folder["t.csv"], "x,Label\n1,10\n2,9\n3,10\n4,9\n");

        Dataset data = DatasetFiles.Open(_folder["t.csv"]);

        Assert.Equal(["9", "10"], data.ClassNames!);
        Assert.Equal((2, 2), (data.Classes, data.Train.Count));
    }

    [Fact]
    public void Given_columns_that_are_levels_when_pixels_are_asked_for_then_examples_are_images()
    {
        File.WriteAllText(_folder["train.csv"], "label,a,b,c,d,e,f\n0,0,1,2,3,4,255\n1,9,9,9,9,9,9\n");
        File.WriteAllText(_folder["test.csv"], "label,a,b,c,d,e,f\n0,0,1,2,3,4,256\n");

        var error = Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open($"{_folder.Path}?pixels=2x3"));
        Assert.Equal((_folder["test.csv"], "example 0 has 256, which is no level of 0 to 255"), (error.Subject, error.Problem));
        File.WriteAllText(_folder["test.csv"], "label,a,b,c,d,e,f\n0,0,1,2,3,4,5\n");
        Dataset data = DatasetFiles.Open($"{_folder.Path}?pixels=3x1x2");

        Assert.Equal(new ExampleShape.Pixels(3, 1, 2), data.Shape);
        Assert.Equal([0, 1, 2, 3, 4, 255, 9, 9, 9, 9, 9, 9], data.Train.Pixels);
        Assert.Null(data.FeatureNames);
        Assert.Equal(
            "option pixels cannot be '2x2'", Assert.Throws<DatasetOptionException>(() => DatasetFiles.Open($"{_folder.Path}?pixels=2x2"))
                .Problem);
    }

    [Fact]
    public void Given_columns_to_drop_or_to_take_as_texts_when_opened_then_so_they_are()
    {
        File.WriteAllText(_folder["t.csv"], "id,zip,x,class\n1,900,1,a\n2,901,2,a\n3,900,3,b\n4,901,4,b\n");

        Assert.Equal(["zip=900", "zip=901", "x"], DatasetFiles.Open($"{_folder["t.csv"]}?drop=id&text=zip").FeatureNames!);
    }

    [Fact]
    public void Given_no_header_when_that_is_told_then_columns_have_numbers_and_the_first_line_is_an_example()
    {
        File.WriteAllText(_folder["t.csv"], "1,2,a\n3,4,b\n5,6,a\n7,8,b\n");

        Dataset data = DatasetFiles.Open($"{_folder["t.csv"]}?header=no&label=2");

        Assert.Equal(["0", "1"], data.FeatureNames!);
        Assert.Equal(4, data.Train.Count + data.Test.Count);
    }

    [Fact]
    public void Given_a_missing_number_when_means_are_asked_for_then_it_is_the_mean_and_else_its_place_is_named()
    {
        File.WriteAllText(_folder["train.csv"], "x,class\n1,a\n?,b\n4,a\n");
        File.WriteAllText(_folder["test.csv"], "x,class\n,b\n");

        Assert.Equal(
            $"{_folder["train.csv"]}: line 3, column 'x' has '?', where numbers are expected; mend it, or add an option: "
                + "'?missing=mean' takes the mean, '?text=x' takes the column as texts, '?drop=x' leaves it out",
            Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(_folder.Path)).Message);
        Dataset data = DatasetFiles.Open($"{_folder.Path}?missing=mean");
        Assert.Equal([1, 2.5f, 4], data.Train.Values);
        Assert.Equal([2.5f], data.Test.Values);
    }

    [Theory]
    [InlineData("", "is no table that can be read|has no rows")]
    [InlineData("x,class\n", "has no rows")]
    [InlineData("x,y\n1,2\n", "does not say which column has the labels")]
    [InlineData("x,class\n1,a\n2\n", "is no table that can be read")]
    [InlineData("x,x,class\n1,2,a\n", "is no table that can be read")]
    [InlineData("x,class\n1,a\n2,\n", "line 3 has no label")]
    [InlineData("class\na\nb\n", "has no column beside the label")]
    [InlineData("x,class\n1,a\n2,b\n", "no class has two examples, so that no test half can be taken")]
    public void Given_a_table_that_is_none_when_opened_then_one_line_says_why(string text, string problems)
    {
        File.WriteAllText(_folder["t.csv"], text);

        var error = Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(_folder["t.csv"]));

        Assert.StartsWith(_folder["t.csv"], error.Subject, StringComparison.Ordinal);
        Assert.Contains(problems.Split('|'), problem => error.Problem.StartsWith(problem, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("label=wage", "has no column 'wage'")]
    [InlineData("label=income&drop=wage", "has no column 'wage'")]
    public void Given_a_column_that_is_not_there_when_named_then_the_columns_are_listed(string options, string problem)
    {
        File.WriteAllText(_folder["t.csv"], People);

        var error = Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open($"{_folder["t.csv"]}?{options}"));

        Assert.Equal((problem, "its columns are age, job, income"), (error.Problem, error.Remedy));
    }

    [Fact]
    public void Given_a_test_half_that_does_not_fit_when_opened_then_the_column_or_label_is_named()
    {
        File.WriteAllText(_folder["train.csv"], "x,class\n1,a\n2,b\n");
        File.WriteAllText(_folder["test.csv"], "x,class\n1,c\n");
        Assert.Contains(
            "line 2, column 'class' has 'c', which is none of the classes",
            Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(_folder.Path)).Message, StringComparison.Ordinal);
        File.WriteAllText(_folder["test.csv"], "y,class\n1,a\n");
        Assert.Equal("has no column 'x'", Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(_folder.Path)).Problem);
    }

    [Fact]
    public void Given_a_label_column_of_measurements_when_opened_then_they_are_hardly_classes()
    {
        File.WriteAllText(_folder["t.csv"], $"x,price\n{string.Concat(Enumerable.Range(0, 300).Select(n => $"1,{n}\n"))}");

        Assert.Equal(
            "label column 'price' has 300 values in 300 rows, which are hardly classes",
            Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open($"{_folder["t.csv"]}?label=price")).Problem);
    }

    [Fact]
    public void Given_a_column_of_names_when_opened_then_it_is_to_be_left_out()
    {
        File.WriteAllText(_folder["t.csv"], $"name,class\n{string.Concat(Enumerable.Range(0, 1001).Select(n => $"n{n},{n % 2}\n"))}");

        Assert.Equal(
            "column 'name' has more than 1000 different texts",
            Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(_folder["t.csv"])).Problem);
    }
}
