using SupSup.Core.Datasets;
using SupSup.Core.Tests.Datasets;
using SupSup.Data.Formats;

namespace SupSup.Data.Tests.Formats;

public sealed class DatasetAddressTests
{
    [Theory]
    [InlineData("/a/b?size=32&grey", "/a/b?grey&size=32")]
    [InlineData("/a/../a/b/?grey&size=32", "/a/b?grey&size=32")]
    [InlineData("/a/b?", "/a/b")]
    [InlineData("/a/b?label=R%26D%25", "/a/b?label=R%26D%25")]
    public void Given_spellings_of_one_address_when_parsed_then_they_are_written_alike(string text, string canonical)
    {
        DatasetAddress address = DatasetAddress.Parse(text);

        Assert.Equal(canonical, address.ToString());
        Assert.Equal(canonical, DatasetAddress.Parse(address.ToString()).ToString());
    }

    [Fact]
    public void Given_a_path_that_exists_with_a_question_mark_when_parsed_then_it_has_no_options()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["what?size=3"]);

        Assert.Empty(DatasetAddress.Parse(folder["what?size=3"]).Options);
        Assert.Equal("3", DatasetAddress.Parse(folder["other?size=3"]).Text("size"));
    }

    [Fact]
    public void Given_options_that_look_like_a_path_when_they_are_of_another_path_then_they_lead_nowhere()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["other"]);
        DatasetAddress address = DatasetAddress.Of(folder["data.csv"], "/../other");

        Assert.Equal((folder["data.csv"], "/../other"), (address.Path, Assert.Single(address.Options)));
        Assert.Equal(folder["data.csv"], address.With("size=3").Path);
    }

    [Theory]
    [InlineData("/a?size=1&size=2", "has no name or is there twice")]
    [InlineData("/a?=2", "has no name or is there twice")]
    public void Given_options_that_make_no_sense_when_parsed_then_refused(string text, string problem) =>
        Assert.Contains(problem, Assert.Throws<DatasetOptionException>(() => DatasetAddress.Parse(text)).Problem, StringComparison.Ordinal);

    [Theory]
    [InlineData("grey=no", "option grey cannot be 'no'")]
    [InlineData("split=2", "option split cannot be '2'")]
    [InlineData("seed=-1", "option seed cannot be '-1'")]
    [InlineData("transpose=1", "option transpose cannot be '1'")]
    [InlineData("colour&grey", "option grey cannot be ''")]
    [InlineData("fit=pad", "option fit cannot be 'pad'")]
    [InlineData("size=0", "option size cannot be '0'")]
    [InlineData("size=3x4x5", "option size cannot be '3x4x5'")]
    [InlineData("sise=3", "unknown option 'sise'")]
    [InlineData("label=x", "unknown option 'label'")]
    public void Given_an_option_that_pictures_do_not_take_when_opened_then_one_line_names_it(string option, string problem)
    {
        using var folder = new TemporaryFolder();
        Pictures.Write(folder["a/1.png"], 1, 2, _ => (9, 9, 9));
        Pictures.Write(folder["a/2.png"], 1, 2, _ => (0, 9, 9));
        Pictures.Write(folder["b/1.png"], 1, 2, _ => (0, 9, 9));

        var error = Assert.Throws<DatasetOptionException>(() => DatasetFiles.Open($"{folder.Path}?{option}"));

        Assert.Equal((folder.Path, problem), (error.Subject, error.Problem));
    }

    [Fact]
    public void Given_every_format_when_its_options_are_listed_then_each_is_in_the_help()
    {
        string[] told = [.. DatasetFiles.Options.Keys.Select(option => option.Split('=')[0])];

        Assert.Equal(told.Order(StringComparer.Ordinal), told);
        using var folder = new TemporaryFolder();
        SmallData.Write(folder["idx"]);
        File.WriteAllText(folder["table.csv"], "x,label\n1,a\n");
        Pictures.Write(folder["pictures/a/1.png"], 1, 1, _ => (9, 9, 9));
        File.WriteAllText(folder["x.npz"], "");
        File.WriteAllText(folder["x.parquet"], "");
        Directory.CreateDirectory(folder["cifar"]);
        File.WriteAllText(folder["cifar/train.bin"], "");
        string[] known = [.. new[] { "idx", "table.csv", "pictures", "x.npz", "x.parquet", "cifar" }
            .SelectMany(name => Assert.Throws<DatasetOptionException>(() => DatasetFiles.Open($"{folder[name]}?unknown")).Remedy
                .Replace("known for such data are ", "", StringComparison.Ordinal).Split(", "))];
        Assert.Equal(told, known.Distinct().Order(StringComparer.Ordinal));
    }
}
