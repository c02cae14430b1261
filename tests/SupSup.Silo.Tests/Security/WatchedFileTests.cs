using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using SupSup.Shared;
using SupSup.Silo.Security;

namespace SupSup.Silo.Tests.Security;

public sealed class WatchedFileTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly List<string> _complaints = [];

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Given_a_file_that_changes_when_asked_again_after_a_while_then_it_says_the_new()
    {
        WatchedFile<string> watched = Watch("one");
        Write("two");
        Assert.Equal("one", watched.Current);
        Pass();
        Assert.Equal("two", watched.Current);
    }

    [Fact]
    public void Given_a_file_that_is_gone_or_wrong_when_watched_then_the_last_content_stays_it_is_reported_once_and_tried_again()
    {
        WatchedFile<string> watched = Watch("one");
        Write("wrong");
        for (int n = 0; n < 3; n++)
        {
            Pass();
            Assert.Equal("one", watched.Current);
        }

        Assert.Equal("it is wrong", Assert.Single(_complaints));
        File.Delete(_file);
        Pass();
        Assert.Equal("one", watched.Current);
        Assert.Equal(2, _complaints.Count);
        Write("one");
        Pass();
        Write("wrong");
        Pass();
        Assert.Equal("one", watched.Current);
        Assert.Equal(3, _complaints.Count);
    }

    [Fact]
    public void Given_content_that_hangs_on_another_file_when_that_comes_later_then_the_same_content_is_read_after_all()
    {
        bool isThere = true;
        WatchedFile<string> watched = Watch("one", text => isThere ? text : throw new FormatException("the key is missing"));
        isThere = false;
        Write("two");
        Pass();
        Assert.Equal("one", watched.Current);
        isThere = true;
        Pass();
        Assert.Equal("two", watched.Current);
    }

    [Fact]
    public void Given_a_key_added_and_one_revoked_when_a_few_seconds_have_passed_then_both_are_heeded()
    {
        using KeyFile keys = new();
        ApiKeys accepted = new(keys.File, _time, NullLogger<ApiKeys>.Instance);
        Assert.Equal("ruth", accepted.Find(keys.Reader)?.Name);
        keys.Revoke("ruth");
        string late = keys.Add("late", "trainer");
        Assert.Null(accepted.Find(late));
        Pass();
        Assert.Equal("late", accepted.Find(late)?.Name);
        Assert.Null(accepted.Find(keys.Reader));
        Assert.Null(accepted.Find(keys.Expired));
    }

    [Fact]
    public void Given_a_key_that_expires_when_its_time_has_come_then_it_is_refused()
    {
        using KeyFile keys = new();
        string brief = keys.Add("brief", "reader", _time.GetUtcNow().AddHours(1));
        ApiKeys accepted = new(keys.File, _time, NullLogger<ApiKeys>.Instance);
        Assert.Equal("brief", accepted.Find(brief)?.Name);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Null(accepted.Find(brief));
    }

    [Fact]
    public void Given_a_certificate_renewed_before_its_key_when_both_are_there_then_it_is_shown()
    {
        using CertificateFiles files = new();
        files.WritePem("old");
        OwnCertificate shown = new(
            new CertificateSource(files.Certificate, files.Key, null), _time, NullLogger<OwnCertificate>.Instance);
        Assert.Equal("CN=old", shown.Current.TargetCertificate.Subject);
        Assert.Single(shown.Current.IntermediateCertificates);
        byte[] key = files.WritePem("new", writeKey: false);
        Pass();
        Assert.Equal("CN=old", shown.Current.TargetCertificate.Subject);
        File.WriteAllBytes(files.Key, key);
        Pass();
        Assert.Equal("CN=new", shown.Current.TargetCertificate.Subject);
    }

    private WatchedFile<string> Watch(string text, Func<string, string>? parse = null)
    {
        Write(text);
        return new WatchedFile<string>(
            _file, content => (parse ?? Parse)(Encoding.UTF8.GetString(content)), _time, e => _complaints.Add(e.Message));
    }

    private static string Parse(string text) => text == "wrong" ? throw new FormatException("it is wrong") : text;

    private void Write(string text) => File.WriteAllText(_file, text);

    private void Pass() => _time.Advance(TimeSpan.FromSeconds(6));
}
