using Lodger.Remote.Transfer;

namespace Lodger.Remote.Tests;

public sealed class SafePathTests
{
    [Theory]
    [InlineData("out/a b=1 [c] (d)'e'.json")]
    [InlineData("-rf")]
    [InlineData("größe/模型/👩‍🔬")]
    [InlineData("مدل‌ها")]
    [InlineData("out/.lodger/x")]
    public void Names_that_programs_write_are_plain(string path) => SafePath.IsPlain(path).ShouldBeTrue();

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\u001b[31m")]
    [InlineData("a\u0085b")]
    [InlineData("a\u202etxt.exe")]
    [InlineData("a\u200b")]
    [InlineData("a\u2028b")]
    [InlineData("a\u2029b")]
    [InlineData("\ufeffa")]
    [InlineData("a\ufffd")]
    [InlineData("a\U000E0041")]
    [InlineData(".LODGER/receipt.json")]
    [InlineData("a/../b")]
    [InlineData("/a")]
    public void What_looks_like_another_name_or_is_more_than_one_is_not(string path) => SafePath.IsPlain(path).ShouldBeFalse();
}
