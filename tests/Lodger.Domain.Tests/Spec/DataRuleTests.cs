using Lodger.Domain.Box;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Spec;

public sealed class DataRuleTests
{
    private const string Hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    [Theory]
    [InlineData("https://example.org/data.tar", null)]
    [InlineData("http://127.0.0.1:9000/a/b?sig=abc%20d", null)]
    [InlineData("data.tar", "over http or https")]
    [InlineData("/data/data.tar", "over http or https")]
    [InlineData("file:///etc/passwd", "over http or https")]
    [InlineData("ftp://example.org/data.tar", "over http or https")]
    [InlineData("s3://bucket/data.tar", "over http or https")]
    [InlineData("https:///data.tar", "over http or https")]
    [InlineData("https://example.org/my data.tar", "over http or https")]
    [InlineData("https://example.org/data.tar\n", "over http or https")]
    [InlineData("https://example.org/data\u001b.tar", "over http or https")]
    [InlineData("https://anna:geheim@example.org/data.tar", "holds a user or password")]
    [InlineData("https://anna@example.org/data.tar", "holds a user or password")]
    public void Data_comes_from_an_address_over_http_without_a_password_in_it(string url, string? complaint)
    {
        var said = DataRule.Url(url);
        if (complaint is null)
            said.ShouldBeNull();
        else
            said.ShouldNotBeNull().ShouldSatisfyAllConditions(s => s.ShouldContain(complaint), s => s.ShouldNotContain("geheim"));
    }

    [Theory]
    [InlineData(Hash, true)]
    [InlineData("9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08", true)]
    [InlineData(Hash + "0", false)]
    [InlineData("9f86d081", false)]
    [InlineData("gf86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", false)]
    [InlineData(Hash + "\n", false)]
    public void A_hash_has_64_hexadecimal_digits(string text, bool isGood)
    {
        var said = DataRule.Sha256(text);
        (said is null).ShouldBe(isGood);
        (said ?? "sha256sum").ShouldContain("sha256sum");
    }

    [Theory]
    [InlineData("https://example.org/a/data.tar", "data.tar")]
    [InlineData("https://example.org/data.tar?sig=a/b#c/d", "data.tar")]
    [InlineData("https://example.org/my%20data.tar", "my data.tar")]
    [InlineData("https://example.org/..data", "..data")]
    [InlineData("https://example.org", null)]
    [InlineData("https://example.org/a/", null)]
    [InlineData("https://example.org/%20", null)]
    [InlineData("https://example.org/%2Fetc%2Fpasswd", null)]
    [InlineData("https://example.org/a%2Fb", null)]
    [InlineData("https://example.org/a%5Cb", null)]
    [InlineData("https://example.org/~root", null)]
    [InlineData("https://example.org/a%0Ab", null)]
    [InlineData("https://example.org/a/..", null)]
    [InlineData("https://example.org/a/%2e%2e%2fb", null)]
    [InlineData("data.tar", null)]
    public void Data_that_names_no_path_is_called_as_its_address_ends_where_that_can_be_a_file(string url, string? name) => DataRule.FileName(url).ShouldBe(name);

    [Theory]
    [InlineData(200, true)]
    [InlineData(201, false)]
    public void A_name_taken_from_an_address_has_at_most_200_characters(int length, bool isTaken) =>
        (DataRule.FileName("https://example.org/" + new string('a', length)) is not null).ShouldBe(isTaken);

    [Fact]
    public void Two_inputs_that_would_be_written_to_one_path_are_noticed()
    {
        static DataSource To(string path) => new("https://example.org/" + path, path, null);
        DataRule.FirstPathTwice([To("a"), To("b"), To("A"), To("c"), To("b")]).ShouldBe("b");
        DataRule.FirstPathTwice([To("a"), To("b")]).ShouldBeNull();
        DataRule.FirstPathTwice([]).ShouldBeNull();
    }
}
